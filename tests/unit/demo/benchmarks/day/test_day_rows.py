"""Sums over a day: clips stand for hours, and nothing is charged twice or left out."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_demo.benchmarks.day.arms import FIXED, REST, SIZES, TOGETHER, Setting
from lamplighter_demo.benchmarks.day.bench_day import DayFigures, SiteCost
from lamplighter_demo.benchmarks.day.bench_gate import GateRow, gate_table
from lamplighter_demo.benchmarks.day.day_devices import FULL, HALF
from lamplighter_demo.benchmarks.day.day_page import day_page, draw_day
from lamplighter_demo.benchmarks.day.day_rows import (
    TRIAL_PAIRS,
    DayRow,
    ServedHour,
    day_row,
    less_energy,
    more_error_between,
    total_error,
    trials_s,
)
from lamplighter_demo.benchmarks.day.moving_limits import BY_HOUR
from lamplighter_demo.benchmarks.day.region import needed_share
from lamplighter_demo.benchmarks.day.street_replays import (
    Replayed,
    Served,
    StreetJob,
    digest_of,
    empty_share,
    off_and_true,
)
from lamplighter_wire.decoders.decoder import OWN
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

LARGE, SMALL = (Setting(FULL, BASE_RUNTIME, size) for size in SIZES)
HALVED = Setting(HALF, BASE_RUNTIME, SIZES[0])
COSTS_MS = {LARGE.work: 10.0, SMALL.work: 5.0, HALVED.work: 4.0}


def hour(setting: Setting, frames: int, off: int, true: int, gate_s: float = 0.0) -> ServedHour:
    replayed = Replayed(
        seconds=60.0, frames=frames, rested=7, counts={}, network_ms=99.0, gate_s=gate_s
    )
    served = Served(replayed=replayed, off=off, true=true)
    name = f"{setting.size} {off} {true}"
    return ServedHour(clip=name, regime=f"of {setting.size}", setting=setting, served=served)


def row(arm: str, *hours: ServedHour) -> DayRow:
    return day_row("cam", "here", arm, hours, COSTS_MS, watts=4.0)


def test_a_clip_counts_as_often_as_it_fits_into_an_hour() -> None:
    day = row(FIXED, hour(LARGE, 200, 2, 10), hour(LARGE, 100, 1, 20))
    assert (day.frames, day.rested) == (60 * 300, 60 * 14)
    assert day.by_hour_s == [pytest.approx(60 * 2.0), pytest.approx(60 * 1.0)]
    assert (day.trials_s, day.cpu_s, day.joules) == (0.0, 180.0, 720.0)
    assert day.error == pytest.approx(0.1)


def test_the_gate_is_charged_where_it_is_asked_for() -> None:
    quiet = row(REST, hour(LARGE, 100, 0, 1, 0.5))
    assert quiet.cpu_s == pytest.approx(60 * 1.0)
    resting = Setting(FULL, BASE_RUNTIME, SIZES[0], rests=True)
    assert row(REST, hour(resting, 100, 0, 1, 0.5)).cpu_s == pytest.approx(60 * 1.5)


def test_a_trial_is_charged_for_each_work_beyond_the_first() -> None:
    assert trials_s([LARGE, LARGE], COSTS_MS) == 0.0
    once = TRIAL_PAIRS * (10.0 + 5.0) / 1e3
    assert trials_s([LARGE, SMALL, LARGE, SMALL], COSTS_MS) == pytest.approx(once)
    more = TRIAL_PAIRS * (10.0 + 4.0) / 1e3
    assert trials_s([LARGE, SMALL, HALVED], COSTS_MS) == pytest.approx(once + more)
    slower = Setting(FULL, BASE_RUNTIME, SIZES[0], fps=3.0)
    assert trials_s([LARGE, slower], COSTS_MS) == 0.0, "the network is the same"


def test_errors_add_up_over_devices_and_energy_is_set_beside_the_same_devices() -> None:
    fixed, less = row(FIXED, hour(LARGE, 200, 2, 10)), row(TOGETHER, hour(HALVED, 100, 4, 10))
    assert total_error([fixed, less]) == pytest.approx(0.3)
    assert less_energy([less], {"cam": fixed}) == pytest.approx(5.0)


def test_a_difference_of_errors_has_an_interval_from_the_clips() -> None:
    def day(arm: str, *off: int) -> DayRow:
        hours = [hour(LARGE, 100, one, 10) for one in off]
        named = [msgspec.structs.replace(h, clip=f"clip-{n}") for n, h in enumerate(hours)]
        return row(arm, *named)

    fixed = day(FIXED, *[1] * 12)
    assert more_error_between([day(TOGETHER, *[2] * 12)], [fixed]) == pytest.approx((0.1, 0.1))
    low, high = more_error_between([day(TOGETHER, *[0, 2] * 6)], [fixed])
    assert low < -0.02 and high > 0.02, "as often better as worse"


def test_counts_beside_the_truth() -> None:
    crossings = [{"line": "a", "direction": "in"}] * 3 + [{"line": "b", "direction": "out"}]
    truth = {"crossings": crossings, "frames": [[], [[1]], [], []]}
    counts = {"a/in": {"car": 1, "bus": 1}, "a/out": {"car": 2}}
    assert off_and_true(truth, counts) == {"off": 1 + 2 + 1, "true": 4}
    assert empty_share(truth) == 0.75


def test_a_region_holds_those_who_cross_around_then() -> None:
    crossings = [{"number": 1, "frame": 2, "line": "a", "direction": "in"}]
    here, elsewhere = [10, 20, 30, 40, 0, 1], [0, 0, 100, 100, 0, 2]
    later = [90, 90, 100, 100, 0, 1]
    frames = [[here, elsewhere], [], [[50, 40, 60, 60, 0, 1]], *[[]] * 20, [later]]
    truth = {"crossings": crossings, "frames": frames, "fps": 10.0, "width": 100, "height": 100}
    assert needed_share([truth]) == pytest.approx(50 * 40 / 1e4)
    assert needed_share([truth | {"crossings": []}]) == 0.0


def test_pages_and_pictures_say_what_was_measured(tmp_path: Path) -> None:
    rows = [row(FIXED, *[hour(LARGE, 200, 2, 10)] * 24)]
    rows.append(row(TOGETHER, *[hour(HALVED, 200, 3, 10)] * 24))
    site = SiteCost(camera="here", kept=True, seconds=300.0, agreement=(0.8, 0.9))
    bound = [msgspec.structs.replace(one, device="camera") for one in rows]
    bound[1] = msgspec.structs.replace(bound[1], arm=BY_HOUR)
    figures = DayFigures(rows=rows, bound=bound, sites=[site], costs_ms={})
    text = day_page(figures)
    assert "| camera | heat throttles it in the afternoon | 50 % | 12 % | 12, 13, 14" in text
    assert "| by the hour | 4608 | 2.50x |" in text
    assert "| together | 4608 | 2.50x | 30.0 % | +10.0 (" in text
    assert "0.800 to 0.900" in text
    draw_day(figures, tmp_path / "day.png")
    assert (tmp_path / "day.png").stat().st_size > 10_000


def test_the_gates_table_adds_up() -> None:
    every, spared = hour(LARGE, 100, 1, 4), hour(LARGE, 50, 1, 4, gate_s=0.99)
    one = GateRow(clip="night", empty=0.5, every_frame=every.served, rested=spared.served)
    assert one.time_ratio == pytest.approx((50 * 99.0 + 990.0) / 9900.0)
    assert "| all |  | 200 | 100 | 0.60 | 2 | 2 | 8 |" in gate_table([one, one])


def test_what_was_served_is_kept_by_all_that_decides_it(tmp_path: Path) -> None:
    clip, folder = tmp_path / "clip.mp4", tmp_path / "slot"
    folder.mkdir()
    clip.write_bytes(b"clip")
    (folder / "model.onnx").write_bytes(b"network")
    job = StreetJob(
        clip=str(clip),
        lines=[],
        folder=str(folder),
        runtime=BASE_RUNTIME,
        decoder=OWN,
        point=OperatingPoint(width=64, height=64),
        policy=DevicePolicy(),
        still_share=0.0,
    )
    larger = msgspec.structs.replace(job, point=OperatingPoint(width=96, height=64))
    digests = [digest_of(job, "code"), digest_of(job, "other code"), digest_of(larger, "code")]
    (folder / "model.onnx").write_bytes(b"another network")
    digests.append(digest_of(job, "code"))
    clip.write_bytes(b"another clip")
    digests.append(digest_of(job, "code"))
    assert len({*digests, digest_of(job, "code")}) == len(digests) == 5
