"""A start decides where something is due or has changed, and leaves all else as it is."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.services.event_log import ControllerEvent
from lamplighter_controller.store.records import DeviceState, PolicyRecord
from lamplighter_wire import topics
from lamplighter_wire.messages import Birth, Request, Status

from tests.simulators.controller_rig import Device, Rig, spec

OFFERS = [
    spec("full-fp32", 0.85, 900.0),
    spec("p50-fp32", 0.80, 300.0),
    spec("full-int8", 0.84, 900.0, precision="int8", built=False),
]
BUILT = OFFERS[:2]
BETTER = [*BUILT, spec("better-fp32", 0.95, 280.0)]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    yield made
    made.close()


def restarted(folder: Path, offers: list[msgspec.Struct]) -> Rig:
    """The next controller on the same database, started."""
    again = Rig(folder, offers)  # type: ignore[arg-type]
    again.services.restart.start_over()
    again.settle()
    return again


def settled(rig: Rig, name: str = "cam-1") -> Device:
    """A device that holds to its order; no build pays for it."""
    device = rig.device(name)
    device.introduce(dense_ms=5.0, int8_ms=50.0)
    device.report("committed")
    return device


def test_nothing_is_planned_where_nothing_has_changed(rig: Rig, tmp_path: Path) -> None:
    settled(rig)
    state, plans, events = state_of(rig), rig.store.plans("cam-1"), len(rig.store.events())
    again = restarted(tmp_path, OFFERS)
    assert state_of(again) == state
    assert again.store.plans("cam-1") == plans
    assert len(again.store.events()) == events
    assert again.outbound.unconfirmed == []
    again.close()


def state_of(rig: Rig) -> DeviceState:
    return rig.store.device_state("cam-1")


def test_another_catalogue_is_a_reason_to_plan(rig: Rig, tmp_path: Path) -> None:
    settled(rig)
    again = restarted(tmp_path, BETTER)
    order = Device(again, "cam-1", {}).desired
    assert (order.primary.point.variant, order.revision) == ("better-fp32", 2)
    assert again.store.plans("cam-1")[0].cause == "controller start"
    again.close()


def test_facts_that_were_kept_and_not_planned_with_count(rig: Rig, tmp_path: Path) -> None:
    """As a power cut between the two leaves it; the same capabilities come again afterwards."""
    device = settled(rig)
    slow = msgspec.structs.replace(device.capabilities, power_budget_w=2.5)
    rig.store.update_device("cam-1", capabilities=slow)
    again = restarted(tmp_path, OFFERS)
    assert Device(again, "cam-1", {}).desired.limits.power_w == 2.5
    again.close()


def test_a_device_of_an_earlier_version_is_planned_once(rig: Rig, tmp_path: Path) -> None:
    settled(rig)
    planned_from = state_of(rig).planned_from
    rig.store.update_state("cam-1", planned_from="")
    again = restarted(tmp_path, OFFERS)
    assert state_of(again).planned_from == planned_from
    again.close()


def test_a_failure_whose_retry_was_lost_is_decided_for(rig: Rig, tmp_path: Path) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=50.0)
    device.report("failed", "TIMEOUT")
    assert len(device.orders) == 1
    again = restarted(tmp_path, OFFERS)
    assert Device(again, "cam-1", {}).desired.revision == 2
    again.close()


def test_a_build_lost_with_the_controller_is_started_again(rig: Rig, tmp_path: Path) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    device.report("committed")
    lost = rig.store.jobs()[0]
    again = restarted(tmp_path, OFFERS)
    jobs = {job.id: job.state for job in again.store.jobs()}
    assert jobs.pop(lost.id) == "failed"
    assert list(jobs.values()) == ["running"]
    again.close()


def test_a_pending_decision_is_still_due(rig: Rig, tmp_path: Path) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    breach = Request(device="cam-1", at=rig.clock.time(), kind="recompress", trigger="breach")
    device.say("request", breach)
    state = state_of(rig)
    assert state.waiting and state.trigger is not None
    again = restarted(tmp_path, BUILT)
    pending = state_of(again)
    assert (pending.waiting, pending.trigger) == (state.waiting, state.trigger)
    Device(again, "cam-1", {}).report_of(device.desired, "committed")
    decided = state_of(again)
    assert (decided.waiting, decided.trigger) == ("", None)
    again.close()


def test_many_devices_hold_up_nobody(rig: Rig, tmp_path: Path) -> None:
    for number in range(4):
        settled(rig, f"cam-{number}")
    again = Rig(tmp_path, BETTER)
    again.services.restart.start_over()
    ordered: list[int] = []
    again.queue.submit(lambda: ordered.append(sum(d.revision == 2 for d in again.store.devices())))
    again.queue.run_due()
    assert ordered == [2], "behind those that were due before it, not behind all"
    assert len(again.outbound.unconfirmed) == 4
    again.close()


def test_unfinished_orders_are_published_again_and_no_others(rig: Rig, tmp_path: Path) -> None:
    settled(rig)
    rig.device("cam-2").introduce(dense_ms=5.0, int8_ms=50.0)
    again = Rig(tmp_path, OFFERS)
    again.services.restart.republish_unfinished()
    again.queue.run_due()
    assert again.outbound.unconfirmed == ["cam-2"]
    again.close()


def test_preparing_is_an_event_only_when_it_was_waited_for(rig: Rig, tmp_path: Path) -> None:
    again = restarted(tmp_path, OFFERS)
    again.services.restart.start_waiting("")
    assert ControllerEvent.PREPARED not in {event.kind for event in again.store.events()}
    again.workshop.preparing = True
    again.services.restart.start_over()
    again.workshop.preparing = False
    again.services.restart.start_waiting("")
    assert ControllerEvent.PREPARED in {event.kind for event in again.store.events()}
    again.close()


def test_what_is_retained_changes_nothing_when_it_comes_again(rig: Rig) -> None:
    """The broker hands it over with each connection of the controller's own."""
    device = settled(rig)
    birth = Birth(device="cam-1", epoch=1, highest_revision=0)
    device.say("birth", birth)
    device.say("status", Status(device="cam-1", online=True, epoch=1))
    reported = [payload for topic, payload in rig.broker.log if topic.endswith("/reported")][-1]
    before, orders = rig.store.device("cam-1"), len(device.orders)
    rig.clock.advance(60.0)
    device.say("birth", birth)
    device.say("status", Status(device="cam-1", online=True, epoch=1))
    device.say("capabilities", device.capabilities)
    device.raw(topics.up("cam-1", "reported"), reported)
    assert rig.store.device("cam-1") == before
    assert len(device.orders) == orders


def test_another_policy_is_a_reason_to_plan(rig: Rig, tmp_path: Path) -> None:
    """As a power cut leaves it between the change and the plans that follow from it."""
    settled(rig)
    rig.store.put_policy(PolicyRecord(scope="fleet", values={"breach_windows": 5}))
    again = restarted(tmp_path, OFFERS)
    order = Device(again, "cam-1", {}).desired
    assert (order.revision, order.policy.breach_windows) == (2, 5)
    again.close()
