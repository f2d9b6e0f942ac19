"""What is intended is kept first; a gate lets it go, now or later, also after a power cut."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.policy.release import RELEASED, GateVerdict, Intent
from lamplighter_controller.store.records import IntentRecord, PolicyRecord
from lamplighter_wire import topics
from lamplighter_wire.messages import Regime, Workload

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.device_messages import shift

OFFERS = [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)]
BETTER = [*OFFERS, spec("better-fp32", 0.95, 280.0)]
BEST = [*BETTER, spec("best-fp32", 0.99, 270.0)]


class Approval:
    """Holds what is intended for a group of devices until somebody approves of it."""

    def __init__(self, *group: str) -> None:
        self.group = set(group)
        self.asked = 0

    def __call__(self, intent: Intent, view: DeviceView, now: float) -> GateVerdict:
        self.asked += 1
        if view.id in self.group and intent.why != "first":
            return GateVerdict(False, "waits for approval")
        return RELEASED


class PowerCut:
    """The controller ends while the gate is asked."""

    def __call__(self, intent: Intent, view: DeviceView, now: float) -> GateVerdict:
        raise RuntimeError("power cut")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Starts a controller on the same database, time going on."""
    rigs: list[Rig] = []

    def _start(offers: list[object] = OFFERS, **more: object) -> Rig:
        clock = rigs[-1].clock if rigs else None
        if rigs:
            rigs[-1].close()
        rigs.append(Rig(tmp_path, offers, clock=clock, **more))  # type: ignore[arg-type]
        rigs[-1].queue.submit(rigs[-1].services.restart.start_over)
        rigs[-1].settle()
        return rigs[-1]

    yield _start
    rigs[-1].close()


def settled(rig: Rig, name: str = "cam-1") -> Device:
    device = rig.device(name)
    device.introduce(dense_ms=5.0, int8_ms=50.0)
    device.report("committed")
    return device


def held(rig: Rig, name: str = "cam-1") -> IntentRecord | None:
    return rig.store.intents([name]).get(name)


def variant(record: IntentRecord | None) -> str:
    return record.intent.desired.primary.point.variant if record else ""


def test_by_default_what_is_intended_is_released_at_once(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    assert device.desired.revision == 1
    assert held(rig) is None
    assert rig.store.deployment("cam-1", 1).plan == rig.store.plans("cam-1")[0].id


def test_a_group_is_held_and_the_rest_goes(start: Callable[..., Rig]) -> None:
    rig = start()
    for name in ("cam-1", "cam-2"):
        settled(rig, name)
    rig = start(BETTER, gate=Approval("cam-2"))
    assert Device(rig, "cam-1", {}).desired.primary.point.variant == "better-fp32"
    assert Device(rig, "cam-2", {}).orders == []
    kept = held(rig, "cam-2")
    assert (variant(kept), kept.held) == ("better-fp32", "waits for approval")
    assert rig.store.plans("cam-2")[0].variant == "better-fp32", "the plan is saved"
    assert rig.store.device("cam-2").revision == 1, "no revision is spent on it"
    assert [e.kind for e in rig.store.events("cam-2")][-1] == "held"


def test_what_is_approved_is_released_with_the_next_revision(start: Callable[..., Rig]) -> None:
    settled(start())
    gate = Approval("cam-1")
    rig = start(BETTER, gate=gate)
    rig.services.releases.review("cam-1")
    assert Device(rig, "cam-1", {}).orders == []
    assert [e.kind for e in rig.store.events("cam-1")].count("held") == 1
    gate.group.clear()
    plan = held(rig).plan
    rig.services.releases.review("cam-1")
    order = Device(rig, "cam-1", {}).desired
    assert (order.revision, order.primary.point.variant) == (2, "better-fp32")
    assert order.expires_at > rig.clock.time()
    assert rig.store.deployment("cam-1", 2).plan == plan
    assert held(rig) is None
    rig.services.releases.review("cam-1")
    assert len(Device(rig, "cam-1", {}).orders) == 1


def test_what_is_held_survives_a_restart(start: Callable[..., Rig]) -> None:
    settled(start())
    before = held(start(BETTER, gate=Approval("cam-1")))
    rig = start(BETTER, gate=Approval("cam-1"))
    assert held(rig) == before
    rig = start(BETTER)
    assert Device(rig, "cam-1", {}).desired.revision == 2
    assert held(rig) is None


def test_a_newer_plan_takes_the_place_of_what_is_held(start: Callable[..., Rig]) -> None:
    settled(start())
    gate = Approval("cam-1")
    start(BETTER, gate=gate)
    rig = start(BEST, gate=gate)
    assert variant(held(rig)) == "best-fp32"
    gate.group.clear()
    rig.services.releases.review("cam-1")
    order = Device(rig, "cam-1", {}).desired
    assert (order.revision, order.primary.point.variant) == (2, "best-fp32")


def test_what_is_no_longer_wanted_is_withdrawn(start: Callable[..., Rig]) -> None:
    settled(start())
    start(BETTER, gate=Approval("cam-1"))
    rig = start(OFFERS, gate=Approval("cam-1"))
    assert held(rig) is None
    assert [e.kind for e in rig.store.events("cam-1")][-1] == "withdrawn"


def test_an_answer_that_is_held_stays_open_until_it_is_released(start: Callable[..., Rig]) -> None:
    settled(start())
    gate = Approval("cam-1")
    rig = start(BETTER, gate=gate)
    device = Device(rig, "cam-1", {})
    jam, now = Workload(regime=Regime(density="jam"), fps_demand=4.0), rig.clock.time()
    device.say("request", shift(jam, now, now - 5.0))
    (record,) = rig.store.recompressions("cam-1")
    assert (record.revision, record.outcome) == (0, "")
    gate.group.clear()
    rig.services.releases.review("cam-1")
    (record,) = rig.store.recompressions("cam-1")
    assert (record.revision, record.to_variant) == (2, "better-fp32")


def test_a_window_opens_by_itself(start: Callable[..., Rig]) -> None:
    rig = start()
    settled(rig)
    hour = rig.clock.time() / 3600 % 24
    window = {"release_from_hour": (hour + 2) % 24, "release_until_hour": (hour + 3) % 24}
    rig.services.policies.keep(PolicyRecord(scope="fleet", values=window))
    rig = start(BETTER)
    assert "changes are released from" in held(rig).held
    rig.wait(3600.0)
    assert held(rig) is not None
    rig = start(BETTER)
    rig.wait(3600.0 + 1.0)
    order = Device(rig, "cam-1", {}).desired
    assert (order.revision, order.primary.point.variant) == (2, "better-fp32")


def test_a_power_cut_before_the_gate_answers_leaves_nothing_half_decided(
    start: Callable[..., Rig],
) -> None:
    settled(start())
    rig = start(BETTER, gate=PowerCut())
    assert held(rig) is None
    assert len(rig.store.plans("cam-1")) == 1
    rig = start(BETTER)
    assert [order.revision for order in Device(rig, "cam-1", {}).orders] == [2]
    assert not rig.store.device_state("cam-1").waiting


def test_a_power_cut_between_release_and_publication_loses_nothing(
    start: Callable[..., Rig],
) -> None:
    settled(start())
    rig = start(BETTER, gate=Approval("cam-1"))
    kept, record = held(rig), rig.store.device("cam-1")
    rig.services.deployments.release(record, kept)  # and the power fails
    rig = start(BETTER)
    rig.services.restart.republish_unfinished()
    rig.settle()
    record = rig.store.device("cam-1")
    assert record.revision == 2
    assert (topics.down("cam-1", "desired"), record.desired) in rig.broker.log
    assert held(rig) is None


def test_a_retired_device_is_not_released_to(start: Callable[..., Rig]) -> None:
    settled(start())
    gate = Approval("cam-1")
    rig = start(BETTER, gate=gate)
    rig.services.retirements.retire("cam-1", None)
    gate.group.clear()
    rig.services.releases.review("cam-1")
    assert Device(rig, "cam-1", {}).orders == []
