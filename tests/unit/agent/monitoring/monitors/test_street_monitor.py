"""What the street's monitor adds to a window, and how it goes by the policy in force."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.own_street import CountDistance, CountLine, CountZone, Mask
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.messages import SeenHeights, Shift, Telemetry
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.street.object_heights import BINS, SCALE

from tests.simulators.traffic import box, boxes

LINES = (CountLine("middle", 320, 0, 320, 480),)


def test_a_window_is_completed_once_with_what_was_seen_in_it() -> None:
    monitor = StreetMonitor(AgentSettings(lines=LINES))
    for k in range(40):
        frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
        shift = monitor.follow(frame, boxes(box(200 + 8 * k, 240, score=0.8), box(100, 100)))
        assert shift is None
    window = monitor.complete(Telemetry(device="cam", seconds=8.0))
    assert window.device == "cam"
    assert window.density == 2
    assert window.median_confidence == pytest.approx(0.85)
    assert sum(n for classes in window.counts.values() for n in classes.values()) == 1
    assert window.count_imbalance == 1
    assert 0.1 < window.brightness < 0.4
    assert window.motion > 20
    empty = monitor.complete(Telemetry(seconds=8.0))
    assert (empty.density, empty.counts, empty.median_confidence) == (0, {}, 0)


def test_a_window_tells_the_heights_of_confirmed_road_users_and_the_next_one_begins_anew() -> None:
    monitor = StreetMonitor(AgentSettings())
    for second in range(20):
        watch(monitor, second, objects=3)
    heights = monitor.complete(Telemetry(seconds=20.0)).heights
    assert heights.scale == SCALE
    assert 0 < heights.pictures <= 20
    assert len(heights.free) == len(heights.covered) == BINS
    seen = sum(heights.free) + sum(heights.covered)
    assert 3 * (heights.pictures - 2) <= seen <= 3 * heights.pictures, "unproven ones are not told"
    assert monitor.complete(Telemetry(seconds=20.0)).heights == SeenHeights()


def jam_after(monitor: StreetMonitor, begin: int) -> int:
    """Seconds from a street that fills until that is told."""
    for second in range(1000):
        shift = watch(monitor, begin + second, objects=17)
        if shift is not None and shift.after.regime.density == "jam":
            return second
    raise AssertionError("the jam was never told")


def watch(monitor: StreetMonitor, second: int, objects: int) -> Shift | None:
    frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=float(second))
    return monitor.follow(frame, boxes(*(box(30 + 35 * k, 100) for k in range(objects))))


def test_a_policy_that_arrives_in_service_is_followed_and_the_street_remembered() -> None:
    in_force, hurried, usual = (
        [DEFAULTS],
        StreetMonitor(AgentSettings()),
        StreetMonitor(AgentSettings()),
    )
    hurried.follow_policy(lambda: in_force[0])
    for second in range(300):
        for monitor in (hurried, usual):
            watch(monitor, second, objects=4)
    in_force[0] = DevicePolicy(density_window_s=30.0)
    assert hurried.regime.density == "free"
    assert jam_after(hurried, 300) < 40 < jam_after(usual, 300)


def crossings(
    monitor: StreetMonitor, y: float = 240.0, size: tuple[int, int] = (640, 480)
) -> dict[str, int]:
    """What a window counts while one car drives from left to right across the picture."""
    width, height = size
    for k in range(60):
        frame = frame_of(np.full((height, width, 3), 64, np.uint8), at=k * 0.1)
        monitor.follow(frame, boxes(box(10 * k * width / 640, y * height / 480)))
    counts = monitor.complete(Telemetry(seconds=6.0)).counts
    return {name: sum(classes.values()) for name, classes in counts.items()}


def test_a_zone_counts_who_comes_in_and_who_leaves_however_it_is_drawn() -> None:
    corners = ((200.0, 100.0), (200.0, 400.0), (400.0, 400.0), (400.0, 100.0))
    for drawn in (corners, corners[::-1]):
        monitor = StreetMonitor(AgentSettings(zones=(CountZone("square", drawn),)))
        assert crossings(monitor) == {"square/in": 1, "square/out": 1}
        assert (
            crossings(StreetMonitor(AgentSettings(zones=(CountZone("square", drawn),))), 450) == {}
        )


def test_lines_that_are_set_in_service_count_from_then_on_and_keep_their_place() -> None:
    monitor = StreetMonitor(AgentSettings(lines=LINES))
    assert crossings(monitor) == {"middle/out": 1}
    half = (CountLine("quarter", 80, 0, 80, 240),)
    monitor.follow_settings(AgentSettings(lines=half, camera_width=320, camera_height=240))
    assert crossings(monitor) == {"quarter/out": 1}
    monitor.follow_settings(AgentSettings(lines=(), camera_width=320, camera_height=240))
    assert crossings(monitor) == {}


def test_what_has_crossed_a_line_is_remembered_where_only_other_settings_change() -> None:
    monitor = StreetMonitor(AgentSettings(lines=LINES))
    for k in range(40):
        frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
        monitor.follow(frame, boxes(box(200 + 8 * k, 240)))
    monitor.follow_settings(AgentSettings(lines=LINES, fps_cap=3.0))
    assert monitor.complete(Telemetry(seconds=8.0)).counts == {"middle/out": {"car": 1}}


def test_turns_are_counted_where_they_are_asked_for() -> None:
    lines = (CountLine("east", 500, 0, 500, 480), CountLine("west", 140, 480, 140, 0))
    asked, other = (StreetMonitor(AgentSettings(lines=lines, turns=t)) for t in (True, False))
    for monitor in (asked, other):
        for k in range(90):
            frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
            monitor.follow(frame, boxes(*([box(600 - 10 * k, 240)] if k < 56 else [])))
    crossed = {"east/in": {"car": 1}, "west/out": {"car": 1}}
    window = asked.complete(Telemetry(seconds=18.0))
    assert window.counts == crossed | {"east/to-west": {"car": 1}}
    assert window.count_imbalance == 0, "turns go nowhere but from line to line"
    assert other.complete(Telemetry(seconds=18.0)).counts == crossed


def drive(monitor: StreetMonitor, begin: float = 0.0) -> Telemetry:
    """Someone drives across the picture in ten seconds, 40 pixels a second."""
    for k in range(60):
        frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=begin + k * 0.2)
        monitor.follow(frame, boxes(box(100 + 8 * k, 240)))
    return monitor.complete(Telemetry(device="cam", seconds=12.0))


def test_a_window_has_speeds_and_occupancy() -> None:
    two = (CountLine("first", 220, 0, 220, 480), CountLine("second", 420, 0, 420, 480))
    zone = CountZone("box", ((200, 0), (440, 0), (440, 480), (200, 480)))
    apart = CountDistance("first", "second", 25.0)
    monitor = StreetMonitor(AgentSettings(lines=two, zones=(zone,), distances=(apart,)))
    window = drive(monitor)
    ((movement, by_class),) = window.paces.items()
    assert movement.startswith("second/")
    (pace,) = by_class.values()
    assert (pace.count, 3600 / pace.s_per_km) == (1, pytest.approx(18.0, rel=0.01))
    assert set(window.occupancy) == {"first", "second", "box"}
    assert window.occupancy["box"] == pytest.approx(6.0 / 11.8, abs=0.05)
    assert 0 < window.occupancy["first"] < 0.5


def test_other_distances_hold_from_the_next_window_on() -> None:
    two = (CountLine("first", 220, 0, 220, 480), CountLine("second", 420, 0, 420, 480))
    monitor = StreetMonitor(AgentSettings(lines=two))
    assert drive(monitor).paces == {}
    apart = CountDistance("first", "second", 25.0)
    monitor.follow_settings(AgentSettings(lines=two, distances=(apart,)))
    assert drive(monitor, begin=100.0).paces


def test_who_stands_in_a_mask_is_neither_followed_nor_counted_nor_in_the_density() -> None:
    lower_half = Mask("park", ((0, 240), (640, 240), (640, 480), (0, 480)))
    masked = StreetMonitor(AgentSettings(lines=LINES, masks=(lower_half,)))
    other = StreetMonitor(AgentSettings(lines=LINES))
    for monitor in (masked, other):
        for k in range(40):
            frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
            drives = box(200 + 8 * k, 100)
            drives_behind_the_hedge = box(200 + 8 * k, 300, score=0.3)
            monitor.follow(frame, boxes(drives, drives_behind_the_hedge))
    window, whole = (one.complete(Telemetry(seconds=8.0)) for one in (masked, other))
    assert (window.counts, whole.counts) == ({"middle/out": {"car": 1}}, {"middle/out": {"car": 2}})
    assert (window.density, whole.density) == (1, 2)
    assert window.median_confidence == pytest.approx(0.9)
    assert 2 * sum(window.heights.free) == sum(whole.heights.free)


def test_a_street_with_parked_cars_alone_is_empty_once_they_are_masked() -> None:
    park = Mask("park", ((0, 0), (320, 0), (320, 240), (0, 240)))
    monitor = StreetMonitor(AgentSettings())
    for second in range(5):
        watch(monitor, second, objects=3)
    assert not monitor.is_empty
    settings = AgentSettings(masks=(park,), camera_width=640, camera_height=480)
    monitor.follow_settings(settings)
    for second in range(5, 15):
        watch(monitor, second, objects=3)
    assert monitor.is_empty


@pytest.mark.parametrize("right", [400.0, 640.0])
def test_who_drives_into_a_mask_has_not_been_lost(right: float) -> None:
    garage = Mask("garage", ((320, 0), (right, 0), (right, 480), (320, 480)))
    breaks = []
    for masks in ((garage,), ()):
        monitor = StreetMonitor(AgentSettings(masks=masks))
        for k in range(60):
            frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
            seen = [box(100 + 8 * k, 240)] if 100 + 8 * k < 340 else []
            monitor.follow(frame, boxes(*seen))
        breaks.append(monitor.complete(Telemetry(seconds=12.0)).track_breaks_per_min)
    assert breaks == [0, 5], "who vanishes elsewhere has been"
