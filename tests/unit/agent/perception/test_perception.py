import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.perception.counting import LineCounter, add_counts, imbalance
from lamplighter_agent.perception.frame_rate_demand import SPACING_S, MotionWindow, fps_demand
from lamplighter_agent.perception.light_and_rain import LightAndRainMeter, brightness, rain_score
from lamplighter_agent.perception.tracking import Tracker, match, no_tracks
from lamplighter_agent.settings import CountLine

WIDTH, HEIGHT = 640, 480


def box(x, y, w=40, h=30, score=0.9, kind=0):
    """A detection around a centre."""
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, kind]


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 6)


def drive(tracker, path, fps=10.0, start=0.0):
    """Tracks after each of the given lists of detections."""
    return [tracker.update(boxes(*rows), start + k / fps) for k, rows in enumerate(path)]


def test_an_object_keeps_its_identity_and_gets_its_velocity():
    seen = drive(Tracker(WIDTH, HEIGHT), [[box(100 + 5 * k, 200)] for k in range(20)])
    assert len(seen[0]) == 0  # seen once is not believed yet
    assert {int(tracks.ids[0]) for tracks in seen[1:]} == {1}
    assert seen[-1].velocity[0] == pytest.approx([50, 0], abs=1)
    assert seen[-1].feet[0] == pytest.approx([195, 215])


def test_a_clock_that_is_set_back_blinds_nobody():
    tracker, motion, meter = Tracker(WIDTH, HEIGHT), MotionWindow(30.0), LightAndRainMeter()
    grey = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    seen = []
    for start in (9000.0, 0.0):
        for k in range(40):
            at = start + k / 10
            tracks = tracker.update(boxes(box(100 + 5 * k, 200)), at)
            motion.add(tracks)
            seen.append(meter.look(frame_of(grey, at)) is not None)
        assert motion.motion() == pytest.approx(50, rel=0.1)
        assert len(motion._parts) <= 4.0 / SPACING_S + 1
    assert sum(seen[:40]) == sum(seen[40:]) > 2
    assert len(tracks) == 1
    assert tracker.take_breaks() == 0


def test_tracks_begin_anew_when_the_clock_is_set_back():
    tracker = Tracker(WIDTH, HEIGHT)
    drive(tracker, [[box(100 + 5 * k, 200)] for k in range(20)], start=9000.0)
    seen = drive(tracker, [[box(200 + 5 * k, 200)] for k in range(20)])
    assert [tracks.ids.tolist() for tracks in seen[:3]] == [[], [2], [2]]
    assert all(tracks.velocity[0, 0] == pytest.approx(50, abs=1) for tracks in seen[1:])


def test_two_objects_that_pass_each_other_are_not_swapped():
    path = [[box(100 + 12 * k, 200), box(400 - 12 * k, 214)] for k in range(26)]
    seen = drive(Tracker(WIDTH, HEIGHT), path)
    first = seen[1].ids[np.argmin(seen[1].boxes[:, 0])]
    assert len(seen[-1]) == 2
    assert seen[-1].ids[np.argmax(seen[-1].boxes[:, 0])] == first


def test_a_short_gap_is_bridged():
    path = [[box(100 + 8 * k, 200)] if not 8 <= k < 12 else [] for k in range(20)]
    tracker = Tracker(WIDTH, HEIGHT)
    seen = drive(tracker, path)
    assert seen[-1].ids.tolist() == [1]
    assert seen[-1].velocity[0, 0] == pytest.approx(80, abs=3)
    assert tracker.take_breaks() == 0


def test_a_track_lost_inside_the_picture_is_a_break_one_that_drives_out_is_not():
    tracker = Tracker(WIDTH, HEIGHT)
    drive(tracker, [[box(300, 200)]] * 5 + [[]] * 15)
    assert tracker.take_breaks() == 1
    assert tracker.take_breaks() == 0
    leaving = [[box(560 + 12 * k, 200)] for k in range(6)]
    drive(tracker, leaving + [[]] * 15, start=10)
    assert tracker.take_breaks() == 0


def test_at_a_low_rate_small_objects_are_still_followed():
    path = [[box(100 + 14 * k, 200, 12, 30, kind=6)] for k in range(8)]
    seen = drive(Tracker(WIDTH, HEIGHT), path, fps=2)
    assert seen[-1].ids.tolist() == [1]
    assert seen[-1].classes.tolist() == [6]


def test_the_class_is_the_majority():
    path = [[box(100, 200, kind=kind)] for kind in (0, 1, 0, 0, 1, 0)]
    assert drive(Tracker(WIDTH, HEIGHT), path)[-1].classes.tolist() == [0]


def test_no_row_or_column_is_matched_twice():
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 300, (25, 2)).astype(np.float32)
    a = np.hstack([corners, corners + 60])
    rows, columns = match(a, a[::-1] + 5)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)
    assert len(match(a[:0], a)[0]) == 0


LINE = CountLine("north", 320, 0, 320, 480)  # looking down the screen, its left side is x > 320


@pytest.mark.parametrize(("step", "direction"), [(-10, "in"), (10, "out")])
def test_a_crossing_is_counted_once_with_direction_and_class(step, direction):
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(320 - 12 * step + 3 + step * k, 200, kind=3)] for k in range(24)]
    crossings = [c for tracks in drive(tracker, path) for c in counter.update(tracks)]
    assert [(c.line, c.direction, c.kind) for c in crossings] == [("north", direction, "bus")]
    assert counter.take() == {f"north/{direction}": {"bus": 1}}
    assert counter.take() == {}


def test_a_line_crossed_while_hidden_still_counts():
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(260 + 8 * k, 200)] if not 6 <= k < 11 else [] for k in range(16)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 1


def test_an_object_that_trembles_on_the_line_is_not_counted():
    counter, tracker = LineCounter([LINE]), Tracker(WIDTH, HEIGHT)
    path = [[box(320 + (3 if k % 2 else -3), 200)] for k in range(20)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 0


def test_passing_beside_the_end_of_a_line_is_no_crossing():
    short = CountLine("south", 320, 300, 320, 480)
    counter, tracker = LineCounter([short]), Tracker(WIDTH, HEIGHT)
    path = [[box(200 + 10 * k, 200)] for k in range(24)]
    assert sum(len(counter.update(tracks)) for tracks in drive(tracker, path)) == 0


def test_imbalance_compares_what_goes_in_with_what_comes_out():
    counts = {"a/in": {"car": 6, "bus": 2}, "b/out": {"car": 2}}
    assert imbalance(counts) == pytest.approx(0.6)
    assert imbalance({}) == 0
    assert add_counts(counts, {"b/out": {"car": 1, "van": 1}}) == {
        "a/in": {"car": 6, "bus": 2},
        "b/out": {"car": 3, "van": 1},
    }


def test_demand_asks_that_objects_overlap_themselves():
    seen = drive(Tracker(WIDTH, HEIGHT), [[box(50 + 10 * k, 200)] for k in range(30)])
    # 100 pixels per second, half a width is 20 pixels: five frames per second.
    assert fps_demand(seen[-1], 1, 15) == pytest.approx(5, rel=0.05)
    assert fps_demand(seen[-1], 1, 3) == 3
    assert fps_demand(seen[-1], 8, 15) == 8
    assert fps_demand(no_tracks(), 1, 15) == 1


def test_the_motion_window_takes_each_track_once_and_forgets():
    window = MotionWindow(2.0)
    assert window.demand(1, 15) == 1
    path = [[box(50 + 10 * k, 200), box(500, 400)] for k in range(30)]
    for tracks in drive(Tracker(WIDTH, HEIGHT), path):
        window.add(tracks)
    assert window.motion() == pytest.approx(95, rel=0.05)
    assert window.demand(1, 15) == pytest.approx(4.75, rel=0.06)
    window.add(no_tracks(100.0))
    assert window.motion() == 0


def test_who_drives_off_asks_for_frames_at_once():
    window = MotionWindow(6.0)
    standing, driving = [50.0] * 60, [50.0 + 10 * k for k in range(24)]
    for tracks in drive(Tracker(WIDTH, HEIGHT), [[box(x, 200)] for x in standing + driving]):
        window.add(tracks)
    # It moved for less than half of the window, at 100 pixels per second and 20 per half width.
    assert window.demand(1, 15) == pytest.approx(5, rel=0.1)


def street(rng, level=110.0):
    """A textured grey street with sensor noise."""
    texture = np.random.default_rng(1).normal(0, 20, (480, 640))
    return np.clip(level + texture + rng.normal(0, 3, (480, 640)), 0, 255).astype(np.uint8)


def rained_on(picture, rng, streaks=260):
    """Thin, bright, nearly vertical streaks."""
    wet = picture.astype(np.int16)
    for _ in range(streaks):
        x, y, length = rng.integers(0, 630), rng.integers(0, 450), rng.integers(8, 26)
        for k in range(length):
            wet[min(y + k, 479), x + k // 6] += 30
    return np.clip(wet, 0, 255).astype(np.uint8)


def test_rain_is_told_from_noise_and_from_traffic():
    rng = np.random.default_rng(2)
    before, now = street(rng), street(rng)
    assert rain_score(before, now) < 0.05
    assert rain_score(rained_on(before, rng), rained_on(now, rng)) > 0.5
    now[200:300, 100:260] = 240  # a lorry drives in
    assert rain_score(before, now) < 0.1


def test_night_is_told_by_its_dark_parts():
    night = np.full((480, 640), 15, np.uint8)
    night[:200, :400] = 250  # lamps do not make it day
    assert brightness(night) < 0.1
    assert brightness(street(np.random.default_rng(0))) > 0.2
    assert brightness(np.full((480, 640), 16, np.uint8), 16, 235) == 0


def test_the_meter_needs_two_frames_and_then_rests():
    meter = LightAndRainMeter(interval_s=1.0)
    picture = np.full((480, 640, 3), 128, np.uint8)
    readings = [meter.look(frame_of(picture, at)) for at in np.arange(0, 2.4, 0.2)]
    assert [k for k, reading in enumerate(readings) if reading] == [1, 7]
    assert readings[7].brightness == pytest.approx(0.5, abs=0.02)
    assert readings[7].rain == 0
