"""Each request has its effect once, and what is older than the newest known does no harm."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.message_order import (
    LATE_S,
    MOST_REVISION,
    MessageStamp,
    is_late,
    is_older,
    next_known_revision,
)
from lamplighter_controller.services.devices.telemetry import OVERDUE_CAUSE
from lamplighter_wire.messages import Birth, OperatingPoint, Regime, Request, Shift, Telemetry
from lamplighter_wire.messages import Workload as Street

from tests.simulators.controller_rig import Device, Rig, spec

NIGHT, DAY = Regime(light="night"), Regime()
DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("said", "known", "older"),
    [
        (MessageStamp(5, 10.0), MessageStamp(5, 10.0), True),
        (MessageStamp(4, 9.0), MessageStamp(5, 10.0), True),
        (MessageStamp(6, 9.0), MessageStamp(5, 10.0), False),  # the clock was set back
        (MessageStamp(1, 11.0), MessageStamp(5, 10.0), False),  # the device was set up anew
        (MessageStamp(0, 10.0), MessageStamp(5, 10.0), False),  # not numbered
        (MessageStamp(1, 1.0), MessageStamp(), False),
    ],
)
def test_older_by_number_and_clock(said: MessageStamp, known: MessageStamp, older: bool) -> None:
    assert is_older(said, known) == older


@pytest.mark.parametrize(
    ("said", "late"),
    [
        (MessageStamp(9, 1000.0 - LATE_S - 1.0), True),
        (MessageStamp(9, 1000.0 - LATE_S + 1.0), False),  # a short loss of the link
        (MessageStamp(11, 0.0), False),  # said in this session, by a clock that was set back
        (MessageStamp(0, 0.0), False),
    ],
)
def test_late_for_its_session(said: MessageStamp, late: bool) -> None:
    assert is_late(said, MessageStamp(10, 1000.0)) == late


OFFERS = [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    yield made
    made.close()


@pytest.fixture
def device(rig: Rig) -> Device:
    made = rig.device()
    made.introduce(dense_ms=8.0, int8_ms=8.0)
    made.report("committed")
    made.say("birth", Birth(device="cam-1", epoch=10, at=rig.clock.time(), highest_revision=1))
    return made


def shift(rig: Rig, seq: int, *, ago_s: float = 0.0, rung: OperatingPoint | None = None) -> Request:
    at = rig.clock.time() - ago_s
    return Request(
        device="cam-1",
        seq=seq,
        at=at,
        kind="recompress",
        trigger="shift",
        shift=Shift(after=Street(regime=NIGHT, fps_demand=25.0), at=at, began_at=at - 2.0),
        answered_by=rung,
    )


def window(rig: Rig, device: Device, seq: int, regime: Regime, *, ago_s: float = 0.0) -> Telemetry:
    return Telemetry(
        device="cam-1",
        seq=seq,
        start=rig.clock.time() - ago_s - 5.0,
        seconds=5.0,
        serving=device.desired.primary.point,
        regime=regime,
        frames=30,
        fps_demand=5.0,
        latency_p50_ms=20.0,
        latency_p95_ms=24.0,
    )


def regime(rig: Rig) -> Regime:
    known = rig.store.device("cam-1").workload
    assert known is not None
    return known.regime


def test_a_request_that_comes_again_does_nothing_more(rig: Rig, device: Device) -> None:
    small = OperatingPoint(variant="p50-fp32", width=256, height=192)
    first, second = shift(rig, 11, rung=small), shift(rig, 12)
    for request in (first, second):
        device.say("request", request)
    answers = rig.store.recompressions("cam-1")
    assert [a.kind for a in answers].count("ladder") == 1
    orders = len(device.orders)
    for request in (first, second):
        device.say("request", request)
    assert rig.store.recompressions("cam-1") == answers
    assert len(device.orders) == orders


def test_what_was_answered_is_known_after_a_restart(
    rig: Rig, device: Device, tmp_path: Path
) -> None:
    request = shift(rig, 11)
    device.say("request", request)
    answers = rig.store.recompressions("cam-1")
    again = Rig(tmp_path, OFFERS)
    Device(again, "cam-1", {}).say("request", request)
    assert again.store.recompressions("cam-1") == answers
    again.close()


def test_a_request_of_yesterday_is_recorded_and_changes_nothing(rig: Rig, device: Device) -> None:
    late = shift(rig, 11)
    rig.clock.advance(DAY_S)
    device.say("birth", Birth(device="cam-1", epoch=20, at=rig.clock.time(), highest_revision=1))
    device.say("request", late)
    (record,) = rig.store.recompressions("cam-1")
    assert (record.kind, record.outcome, record.revision) == ("none", "late", 0)
    assert rig.store.events("cam-1")[-1].kind == "late_request"
    assert len(device.orders) == 1
    assert rig.store.device("cam-1").workload is None, "nothing is known of today's street"


def test_what_came_too_late_is_decided_by_the_street_of_now(rig: Rig, device: Device) -> None:
    late = shift(rig, 11)
    rig.clock.advance(DAY_S)
    device.say("birth", Birth(device="cam-1", epoch=20, at=rig.clock.time(), highest_revision=1))
    device.say("request", late)
    plans = len(rig.store.plans("cam-1"))
    device.say("telemetry", window(rig, device, 12, NIGHT, ago_s=DAY_S - 10.0))
    assert len(rig.store.plans("cam-1")) == plans, "a window of yesterday decides nothing"
    assert len(device.orders) == 1
    slow = {"fps_demand": 25.0, "latency_p50_ms": 80.0, "latency_p95_ms": 96.0}
    device.say("telemetry", msgspec.structs.replace(window(rig, device, 21, NIGHT), **slow))
    assert len(device.orders) == 2
    assert rig.store.plans("cam-1")[0].cause == OVERDUE_CAUSE
    device.report("committed")
    device.say("telemetry", window(rig, device, 22, DAY))
    assert len(device.orders) == 2, "decided once"


def test_a_request_of_a_short_loss_of_the_link_is_answered(rig: Rig, device: Device) -> None:
    waited = shift(rig, 11)
    rig.clock.advance(LATE_S / 2)
    device.say("birth", Birth(device="cam-1", epoch=20, at=rig.clock.time(), highest_revision=1))
    device.say("request", waited)
    assert len(device.orders) == 2
    assert regime(rig) == NIGHT


def test_an_old_window_is_kept_and_the_present_stays(rig: Rig, device: Device) -> None:
    before = window(rig, device, 11, DAY, ago_s=1.0)
    device.say("request", shift(rig, 12))
    device.say("telemetry", before)
    assert regime(rig) == NIGHT, "the request has overtaken the window"
    assert rig.store.telemetry("cam-1") == [before]
    assert rig.services.learning.experience.of("cam-1"), "it still teaches"
    rig.clock.advance(5.0)
    device.say("telemetry", window(rig, device, 13, DAY))
    assert regime(rig) == DAY


def test_a_session_whose_numbers_fell_back_is_heard(rig: Rig, device: Device) -> None:
    orders = len(device.orders)
    device.say("birth", Birth(device="cam-1", epoch=9, at=rig.clock.time(), highest_revision=7))
    assert [order.revision for order in device.orders[orders:]] == [8], "beyond what it knows"
    assert rig.store.device("cam-1").epoch == 9, "its session is the one that it is in"


def test_a_revision_that_no_controller_gives_is_not_believed() -> None:
    assert next_known_revision(7, 9) == 9
    assert next_known_revision(9, 7) == 9
    for said in (MOST_REVISION + 1, 2**53 - 1, 2**63 - 1):
        assert next_known_revision(7, said) == 7
