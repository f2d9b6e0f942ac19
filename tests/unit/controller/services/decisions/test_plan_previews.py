"""What a plan on demand comes to is said before, by what it would be decided by, and after."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.decisions.plan_previews import PlanPreview, PlanStep
from lamplighter_controller.store.records import PolicyRecord
from lamplighter_wire.messages import Request

from tests.simulators.controller_rig import Device, Rig, spec

FULL, HALF = spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)
INT8 = spec("full-int8", 0.90, 900.0, precision="int8", built=False)
HOUR_S = 3600.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def _start(*offers: VariantSpec) -> Rig:
        made.append(Rig(tmp_path, list(offers or (FULL, HALF))))
        return made[-1]

    yield _start
    for rig in made:
        rig.close()


def settled(rig: Rig) -> Device:
    device = rig.device()
    device.introduce()
    device.report("committed", phase="COMMITTED")
    return device


def better(rig: Rig) -> None:
    """Something comes that is worth an update, and nobody has decided yet."""
    rig.workshop.offer(spec("better-fp32", 0.95, 900.0))
    rig.services.catalogue.forget()


def foreseen(rig: Rig) -> PlanPreview:
    found = rig.services.plan_previews.foresee("cam-1")
    assert found is not None
    return found


def acted(rig: Rig) -> PlanPreview:
    found = rig.services.plan_previews.act("cam-1", "operator")
    rig.settle()
    assert found is not None
    return found


def told(found: PlanPreview) -> tuple[object, ...]:
    choice = found.decision.plan.primary
    return (choice.point if choice else None, found.step, found.held, found.until)


def test_what_is_as_good_is_not_sent(start: Callable[..., Rig]) -> None:
    rig = start()
    settled(rig)
    before = foreseen(rig)
    assert (told(before), before.step) == (told(acted(rig)), PlanStep.NOTHING)


def test_what_is_better_is_sent_and_nothing_is_before(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    better(rig)
    before = foreseen(rig)
    assert (before.step, device.desired.revision) == (PlanStep.SEND, 1)
    assert told(before) == told(acted(rig))
    assert device.desired.primary.point.variant == "better-fp32"
    assert foreseen(rig).step is PlanStep.LATER, "an update is under way"


def test_what_has_to_be_built_is_said_to_be(start: Callable[..., Rig]) -> None:
    rig = start(FULL)
    settled(rig)
    rig.workshop.offer(INT8)
    rig.services.catalogue.forget()
    before = foreseen(rig)
    assert (before.step, before.decision.plan.build) == (PlanStep.BUILD, ("full-int8",))
    assert rig.workshop.jobs == [], "nothing is built for having been asked"
    assert told(before) == told(acted(rig))
    assert [one.id for one, _ in rig.workshop.jobs] == ["full-int8"]


def test_what_serves_while_something_is_built_is_sent(start: Callable[..., Rig]) -> None:
    rig = start(FULL, HALF, INT8)
    rig.services.catalogue.forget()
    rig.workshop.preparing = True
    rig.device().introduce(dense_ms=30.0, int8_ms=5.0)
    rig.workshop.preparing = False
    rig.services.catalogue.forget()
    before = foreseen(rig)
    assert before.decision.plan.build == ("full-int8",)
    assert (before.step, rig.store.device("cam-1").revision) == (PlanStep.SEND, 0)
    assert told(before) == told(acted(rig))
    assert rig.store.device("cam-1").revision == 1


def test_what_the_window_keeps_back_is_said_with_its_hour(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    begin = (rig.clock.time() // HOUR_S + 2) % 24
    hours = {"release_from_hour": begin, "release_until_hour": (begin + 1) % 24}
    rig.services.policies.keep(PolicyRecord(scope="fleet", version=1, values=hours))
    better(rig)
    before = foreseen(rig)
    assert before.step is PlanStep.HOLD
    assert "changes are released from" in before.held
    assert 0 < before.until - rig.clock.time() <= 2 * HOUR_S
    assert rig.store.intents(["cam-1"]) == {}
    assert told(before) == told(acted(rig))
    assert device.desired.revision == 1


def test_what_is_held_by_hand_is_said_with_its_reason(start: Callable[..., Rig]) -> None:
    rig = start()
    settled(rig)
    body = OverrideBody(kind="hold", device="cam-1", reason="road works", life_s=HOUR_S)
    rig.services.override_changes.set(body, "ops")
    rig.settle()
    better(rig)
    before = foreseen(rig)
    assert (before.step, "road works" in before.held) == (PlanStep.HOLD, True)
    assert told(before) == told(acted(rig))


def test_asking_takes_no_bytes_of_the_day(start: Callable[..., Rig]) -> None:
    rig = start()
    settled(rig)
    values = {"device_bytes_a_day": 5e6}
    rig.services.policies.keep(PolicyRecord(scope="fleet", version=1, values=values))
    better(rig)
    for _ in range(4):
        assert foreseen(rig).step is PlanStep.SEND
    assert acted(rig).step is PlanStep.SEND


def test_the_same_trigger_is_answered_that_the_deed_would_answer(start: Callable[..., Rig]) -> None:
    rig = start(FULL)
    device = settled(rig)
    rig.workshop.offer(INT8)
    rig.services.catalogue.forget()
    breach = Request(device="cam-1", at=rig.clock.time(), kind="recompress", trigger="breach")
    device.say("request", breach)
    assert rig.store.device_state("cam-1").trigger is not None, "it is remembered while it builds"
    by_itself = rig.services.decisions.plan("cam-1")
    before = foreseen(rig)
    assert by_itself is not None
    assert told(before) == told(acted(rig))
    assert before.decision.reasons != by_itself.reasons
