"""A report is not good where something it must show is missing."""

import re
from pathlib import Path

import msgspec
import pytest
from lamplighter_demo.rollout.checks import check, page
from lamplighter_demo.rollout.schema import (
    Kill,
    Moment,
    Return,
    RolloutAct,
    RolloutReport,
    ServedFigures,
    Service,
    Theft,
    Worse,
)

GOOD = RolloutAct(
    name="june",
    target="lean",
    state="succeeded",
    reason="",
    seconds=90.0,
    members=186,
    left_out=20,
    canaries=7,
    waves=[7, 20, 60, 99],
    told=186,
    told_share=0.9,
    failed={"sim-0198": "it has refused 3 times: OOM"},
    moments=[Moment(at=0.0, state="running", wave=0, counts={"ordered": 7})],
)
BAD = msgspec.structs.replace(
    GOOD, name="july", state="rolled_back", reason="canaries: latency", told=7, told_share=0.034
)
KILL = Kill(
    wave=1,
    in_flight=20,
    down_s=8.0,
    next_step_s=5.0,
    reconnected=0,
    ordered_twice=[],
    waves_begun_twice=[],
)
THEFT = Theft(
    device="sim-0001",
    verb="retire",
    windows_before=99,
    silenced_s=0.1,
    connected_again=0,
    windows_kept_after=0,
)
BACK = Return(harm_found_s=20.0, back_s=3.0, not_back=[], untouched=199, wrongly_touched=[])
FIGURES = ServedFigures(variant="a", latency_p95_ms=6.0)
SERVICE = Service(
    compared=205,
    not_heard=[],
    worse=[],
    latency_ratio=0.6,
    energy_ratio=0.6,
    drift=1.0,
    real={"real-1": (FIGURES, FIGURES)},
)
PARTS = {
    "good": GOOD,
    "kill": KILL,
    "theft": THEFT,
    "bad": BAD,
    "back": BACK,
    "service": SERVICE,
}
WORSE = Worse(device="a", figure="latency_p95_ms", before=1.0, after=9.0)
BROKEN = [
    ("good", {"state": "paused"}, "good_rollout_finished"),
    ("kill", {"wave": 0}, "killed_in_mid_wave"),
    ("kill", {"next_step_s": None}, "went_on_after_the_kill"),
    ("kill", {"ordered_twice": ["a"]}, "no_step_was_taken_twice"),
    ("kill", {"waves_begun_twice": [1]}, "no_step_was_taken_twice"),
    ("kill", {"reconnected": 1}, "no_device_noticed_the_kill"),
    ("theft", {"silenced_s": 30.0}, "stolen_device_silenced"),
    ("theft", {"windows_kept_after": 1}, "stolen_device_silenced"),
    ("theft", {"connected_again": 1}, "stolen_device_stayed_out"),
    ("bad", {"state": "succeeded"}, "bad_model_stopped_by_the_gate"),
    ("bad", {"reason": "9 of 9 devices failed"}, "bad_model_stopped_by_the_gate"),
    ("bad", {"told_share": 0.05}, "bad_model_below_five_percent"),
    ("back", {"not_back": ["a"]}, "canaries_back_on_what_they_served"),
    ("back", {"wrongly_touched": ["a"]}, "nobody_else_was_touched"),
    ("service", {"worse": [WORSE]}, "nothing_serves_worse_than_before"),
    ("service", {"not_heard": ["a"]}, "nothing_serves_worse_than_before"),
    ("service", {"compared": 0}, "nothing_serves_worse_than_before"),
]


def checked(**changed: object) -> dict[str, bool]:
    return check(**{**PARTS, **changed})  # type: ignore[arg-type]


def test_a_run_that_shows_all() -> None:
    assert all(checked().values())
    page_ = (Path(__file__).parents[4] / "docs/reference/rollout-report.md").read_text()
    explained = page_.split("## Checks")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", explained, re.MULTILINE)) == set(checked())
    assert {name for *_, name in BROKEN} == set(checked())


@pytest.mark.parametrize(("part", "change", "name"), BROKEN)
def test_what_is_missing_is_named(part: str, change: dict[str, object], name: str) -> None:
    broken = msgspec.structs.replace(PARTS[part], **change)  # type: ignore[type-var]
    missed = [one for one, kept in checked(**{part: broken}).items() if not kept]
    assert name in missed


def test_the_page_tells_what_happened_when() -> None:
    report = RolloutReport(
        seconds=300.0,
        machine={},
        real_devices=6,
        simulated_devices=200,
        setup_s=60.0,
        good=GOOD,
        kill=KILL,
        theft=THEFT,
        bad=BAD,
        bad_return=BACK,
        service=SERVICE,
        checks=checked(),
        notes=["one"],
    )
    text = page(report)
    assert "waves of 7 + 20 + 60 + 99" in text
    assert "| 0.0 | running | 0 | 7 ordered |" in text
    assert "sim-0198 failed: it has refused 3 times: OOM" in text
    assert "| real-1 | a | a | 6.0 → 6.0 |" in text
    assert "note: one" in text and "MISS" not in text
