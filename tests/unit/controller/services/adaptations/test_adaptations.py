"""Answers to shifts and breaches: their clocks, bytes, kinds and what they were worth."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_wire.messages import OperatingPoint, Regime, Request, Shift, Transfer, Workload

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.device_messages import shift, telemetry

OFFERS = [
    spec("full-fp32", 0.85, 900.0),
    spec("p50-fp32", 0.80, 300.0),
    spec("full-int8", 0.84, 900.0, precision="int8", built=False),
]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    yield made
    made.close()


def test_a_shift_is_answered_with_clocks(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(10.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now + 9.0, began=now + 5.0))
    record = rig.store.recompressions("cam-1")[-1]
    assert record.kind == "cached"
    assert record.revision == 2
    assert record.seconds["detected"] == 4.0
    assert record.seconds["built"] == 5.0
    assert rig.store.device("cam-1").workload == fast
    phases = [("VERIFYING", now + 11.0), ("PROBATION", now + 12.0), ("COMMITTED", now + 15.0)]
    device.report(
        "committed",
        phases=phases,
        transfer=Transfer(bytes_received=1234),
        trial=device.trial(candidate_ms=10.0, incumbent_ms=50.0),
    )
    done = rig.store.recompressions("cam-1")[-1]
    assert done.bytes_sent == 1234
    assert done.seconds["delivered"] == 6.0
    assert done.seconds["serving"] == 7.0
    assert done.seconds["committed"] == 10.0
    assert done.justified
    assert done.replayed_gain is not None
    assert done.replayed_gain > 0


def test_what_was_only_predicted_is_not_judged(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now, began=now))
    assert rig.store.recompressions("cam-1")[-1].justified is None, "nothing runs yet"
    device.report("committed")
    record = rig.store.recompressions("cam-1")[-1]
    assert (record.outcome, record.justified, record.replayed_gain) == ("committed", None, None)


def test_bytes_of_rungs_fetched_after_the_commit_belong_to_the_answer(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    device.say("request", shift(Workload(fps_demand=25.0), at=now, began=now))
    for received in (1000, 1800, 1500):
        device.report("committed", transfer=Transfer(bytes_received=received))
    assert rig.store.recompressions("cam-1")[-1].bytes_sent == 1800


def test_what_is_planned_after_a_refusal_answers_the_same_change(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(10.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now + 9.0, began=now + 5.0))
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=200.0))
    refused, again = rig.store.recompressions("cam-1")[-2:]
    assert (refused.outcome, refused.justified) == ("rejected", False)
    assert again.began_at == refused.began_at
    assert again.seconds["detected"] == 4.0
    assert again.revision in (0, refused.revision + 1)


def test_a_ladder_step_is_recorded_as_the_device_took_it(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    rung = next(
        (r.point for r in device.desired.ladder if r.point != device.desired.primary.point),
        device.desired.primary.point,
    )
    request = Request(
        device="cam-1",
        at=rig.clock.time(),
        kind="recompress",
        trigger="shift",
        shift=Shift(after=Workload(fps_demand=5.0), at=rig.clock.time()),
        answered_by=rung,
    )
    device.say("request", request)
    step = rig.store.recompressions("cam-1")[0]
    assert (step.kind, step.bytes_sent, step.outcome) == ("ladder", 0, "committed")
    assert (step.from_point, step.to_point) == (device.desired.primary.point, rung)


def stepped(rig: Rig, served: OperatingPoint, rung: OperatingPoint, fps: float = 5.0) -> Request:
    """A device's word that it has gone from one resident point to another."""
    now = rig.clock.time()
    street = Shift(after=Workload(fps_demand=fps), at=now, began_at=now - 2.0)
    return Request(
        device="cam-1",
        at=now,
        kind="recompress",
        trigger="shift",
        shift=street,
        answered_by=rung,
        served=served,
    )


def test_a_step_between_sizes_of_one_variant_is_judged_by_the_point_before(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    large = device.desired.primary.point
    small = msgspec.structs.replace(large, width=256, height=192)
    # The window after the step is there before its request is heard.
    device.say("telemetry", telemetry(rig, large, 20.0))
    device.say("request", stepped(rig, small, large))
    step = rig.store.recompressions("cam-1")[0]
    assert (step.from_variant, step.to_variant) == (large.variant, large.variant)
    assert (step.from_point, step.to_point) == (small, large)
    assert step.justified is None, "the small size was never measured here"
    device.say("telemetry", telemetry(rig, small, 9.0, 2))
    step = rig.store.recompressions("cam-1")[0]
    assert step.justified
    assert "points of accuracy" in step.reasons[-1]


def test_a_step_that_changes_neither_variant_nor_size_is_no_answer(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    point = device.desired.primary.point
    device.say("request", stepped(rig, point, msgspec.structs.replace(point, threads=7)))
    assert [r.kind for r in rig.store.recompressions("cam-1")] == ["none"]


def test_an_answer_is_judged_by_the_demand_of_the_change_not_of_one_window(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(1.0)
    device.say("request", shift(Workload(fps_demand=25.0), at=now + 1.0, began=now))
    assert rig.store.recompressions("cam-1")[-1].fps_demand == 25.0
    for seq, fps in enumerate((25.0, 24.0, 1.0)):
        rig.clock.advance(5.0)
        window = telemetry(rig, device.desired.primary.point, 20.0, seq)
        device.say("telemetry", msgspec.structs.replace(window, fps_demand=fps))
    device.report("committed", trial=device.trial(candidate_ms=10.0, incumbent_ms=50.0))
    done = rig.store.recompressions("cam-1")[-1]
    assert done.justified
    assert "limits broken" in done.reasons[-1], "it would not be at the last window's demand"
