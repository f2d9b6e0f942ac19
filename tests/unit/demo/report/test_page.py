"""A report as a page: what was seen, planned and became of it; nothing in it runs."""

import re
from pathlib import Path

import msgspec
import pytest
from lamplighter_cli.app import app
from lamplighter_client.pages.drawing import regime_colour
from lamplighter_client.pages.fronts import Dot, front_of, front_picture
from lamplighter_demo.report.day_parts import day_parts
from lamplighter_demo.report.schema import (
    Counts,
    DayPart,
    DeploymentEntry,
    DeviceReport,
    Frames,
    Observed,
    PhaseEntry,
    PlanEntry,
    PointEntry,
    Predicted,
    Report,
    ShiftEntry,
    write_report,
)
from lamplighter_demo.report_page.fronts import fronts
from lamplighter_demo.report_page.page import page
from lamplighter_demo.report_page.timelines import points_of, regimes_of
from lamplighter_wire.messages import Telemetry
from typer.testing import CliRunner


def plan(at: float, size: str) -> PlanEntry:
    return PlanEntry(
        at=at,
        recipe="int8-full",
        variant="int8-full-43352f",
        size=size,
        regime="day-dry-free",
        reasons=[],
        predicted=Predicted(),
        observed=Observed(),
    )


DEVICE = DeviceReport(
    id="cam-<1>",
    hardware="a camera & more",
    envelope={},
    realised_by="no limit",
    plans=[plan(8.0, "512x384"), plan(9.0, "512x384"), plan(40.0, "384x288")],
    deployments=[
        DeploymentEntry(
            rev=1,
            variant="int8-full-43352f",
            outcome="rejected",
            reason="SLOWER",
            injected="cut_quota",
            phases=[PhaseEntry(phase="FETCHING", at=9.0), PhaseEntry(phase="REJECTED", at=14.0)],
        )
    ],
    shifts=[
        ShiftEntry(
            at=30.0, from_="day-dry-free at 5.0 fps", to="night-dry-jam at 8.0 fps", evidence={}
        )
    ],
    frames=Frames(served=100, dropped=1),
    counts=Counts(reported=50, truth=52),
    truth_ap50=0.62,
)
FIGURES = {
    "accuracy": 0.86,
    "energy_j": 3871.0,
    "frames_dropped": 0.0,
    "breaches": 2,
    "breach_s": 10.2,
}
REPORT = Report(
    seconds=100.0,
    machine={"cores": 2},
    time_profile={},
    devices=[DEVICE],
    recompressions=[],
    comparison={
        "adaptive": FIGURES | {"count_error": 0.12, "f1": 0.875, "energy_above_idle_j": 410.4},
        "fixed_int8": FIGURES | {"energy_j": 3000.0},
        "method": "replay",
    },
    checks={"every_device_serves": True, "shifts_detected": False},
    notes=["adaptive does not beat <b>"],
)


def test_regimes_and_points_cover_the_day() -> None:
    assert regimes_of(DEVICE, 100.0) == [
        (0.0, 30.0, "day-dry-free"),
        (30.0, 100.0, "night-dry-jam"),
    ]
    assert points_of(DEVICE, 100.0) == [
        (8.0, 40.0, "int8-full at 512x384"),
        (40.0, 100.0, "int8-full at 384x288"),
    ]


def test_regimes_have_colours_of_their_own() -> None:
    names = [
        f"{a}-{b}-{c}" for a in ("day", "night") for b in ("dry", "rain") for c in ("free", "jam")
    ]
    assert len({regime_colour(name) for name in names}) == len(names)
    assert regime_colour("") == regime_colour("unknown")


def test_the_page_shows_all_and_needs_nothing() -> None:
    shown = page(REPORT)
    assert "cam-&lt;1&gt;" in shown
    assert "does not beat &lt;b&gt;" in shown
    assert "int8-full-43352f refused: it is slower there than predicted, cut_quota was" in shown
    assert 'class="missed">shifts detected' in shown
    assert "3 871 J" in shown
    assert all(f"<td>{cell}</td>" in shown for cell in ("12%", "0.875", "410")), "by counts too"
    assert "counted 50 of 52 crossings" in shown
    assert shown.count("<svg") == 2
    assert not re.search(r"https?:|<script|<link|@import|url\(", shown)


def test_counts_and_energy_are_drawn_over_the_day() -> None:
    parts = [DayPart(at=10.0 * n, seconds=10.0, crossings=n, energy_j=2.5 * n) for n in range(10)]
    device = msgspec.structs.replace(DEVICE, parts=parts)
    shown = page(msgspec.structs.replace(REPORT, devices=[device]))
    assert "9 crossings, 90 s" in shown
    assert "up to 22.5 J" in shown
    assert "crossings, 90 s" not in page(REPORT), "an older report has none"


def test_parts_of_a_day_are_sums_of_their_windows() -> None:
    windows = [
        Telemetry(start=105.0, frames=50, energy_mj_per_frame=100.0, counts={"a/in": {"car": 2}}),
        Telemetry(start=107.0, frames=10, energy_mj_per_frame=50.0, counts={"a/in": {"bus": 1}}),
        Telemetry(start=131.0, frames=1),
    ]
    first, last = day_parts(windows, begin=100.0)
    assert (first.at, first.frames, first.crossings, first.energy_j) == (0.0, 60, 3, 5.5)
    assert (last.at, last.frames) == (30.0, 1)


def test_one_device_has_a_page_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write_report(REPORT, file)
    runner = CliRunner()
    told = runner.invoke(app, ["report", str(file), "--html", "--device", "cam-<1>"])
    assert told.output == f"page: {tmp_path}/report-cam-<1>.html\n"
    shown = (tmp_path / "report-cam-<1>.html").read_text()
    assert "what was observed" in shown
    assert not re.search(r"https?:|<script|<link|@import|url\(", shown)
    for given in (["--html", "--device", "cam-9"], ["--device", "cam-<1>"]):
        assert runner.invoke(app, ["report", str(file), *given]).exit_code != 0


def test_a_report_without_devices_or_comparison_has_a_page() -> None:
    bare = msgspec.structs.replace(REPORT, devices=[], comparison={}, notes=[], checks={})
    assert "What adapting was worth" not in page(bare)


def test_the_command_writes_it_beside_the_report(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write_report(REPORT, file)
    runner = CliRunner()
    assert (
        runner.invoke(app, ["report", str(file), "--html"]).output
        == f"page: {tmp_path}/report.html\n"
    )
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert "began with int8-full-43352f" in runner.invoke(app, ["report", str(file)]).output


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema": 1}', b"\xff"])
def test_what_is_no_report_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(content)
    ended = CliRunner().invoke(app, ["report", str(file)])
    assert "is no report of a demo" in str(ended.exception)


def point(variant: str, ap50: float, p95_ms: float, *, serves: bool = False) -> PointEntry:
    return PointEntry(
        variant=variant,
        size="384x288",
        latency_p95_ms=p95_ms,
        energy_mj_per_frame=5 * p95_ms,
        ap50=ap50,
        measured_on="renders",
        serves=serves,
        breaks={} if p95_ms < 40 else {"latency": 0.12},
    )


POINTS = [
    point("fp32-full-43352f", 0.82, 50.0),
    point("int8-full-43352f", 0.81, 20.0, serves=True),
    point("p50-43352f", 0.70, 25.0),
    point("int8-p50-43352f", 0.74, 10.0),
]


def test_the_page_draws_what_accuracy_would_have_cost() -> None:
    shown = fronts(msgspec.structs.replace(DEVICE, points=POINTS, points_regime="night-dry-jam"))
    assert shown.count("<svg") == 2 and "http" not in shown
    assert "AP50 over latency" in shown and "AP50 over energy" in shown and "night-dry-jam" in shown
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td>.*?<td>([^<]*)</td></tr>", shown)
    assert rows == [
        ("int8-p50 at 384x288", "A", ""),
        ("int8-full at 384x288", "B", "served"),
        ("fp32-full at 384x288", "C", "breaks latency by 12%"),
    ]
    assert "on rendered streets" in shown
    assert shown.count('r="9"') == 2, "a ring for what is served in each picture"


def test_without_points_nothing_is_drawn() -> None:
    assert fronts(DEVICE) == ""
    assert front_picture([], "ms", "none") == ""


def test_a_front_is_what_no_other_beats() -> None:
    dots = [Dot(one.variant, one.ap50, one.latency_p95_ms, "") for one in POINTS]
    assert [dot.cost for dot in front_of(dots)] == [10.0, 20.0, 50.0]
