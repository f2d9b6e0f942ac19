"""A device that does not believe an order says so, and the controller does what helps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.devices.refused_orders import MAX_RENEWALS
from lamplighter_wire.messages import Regime, Reported, Request, Shift, Workload

from tests.simulators.controller_rig import Device, Rig, spec


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)])
    yield made
    made.close()


@pytest.fixture
def device(rig: Rig) -> Device:
    """It serves revision 1 and has got revision 2 in answer to a shift."""
    made = rig.device()
    made.introduce(dense_ms=8.0, int8_ms=8.0)
    made.report("committed")
    now = rig.clock.time()
    night = Workload(regime=Regime(light="night"), fps_demand=25.0)
    made.say(
        "request",
        Request(
            device="cam-1",
            at=now,
            kind="recompress",
            trigger="shift",
            shift=Shift(after=night, at=now, began_at=now),
        ),
    )
    assert made.desired.revision == 2
    return made


def refuse(device: Device, reason: str, revision: int = 0, known: int = 1) -> None:
    device.say(
        "reported",
        Reported(
            device="cam-1",
            revision=known,
            outcome="committed",
            reason=reason,
            refused_revision=revision or device.desired.revision,
            at=device.rig.clock.time(),
        ),
    )


def outcomes(rig: Rig) -> dict[int, tuple[str, str]]:
    return {d.revision: (d.outcome, d.reason) for d in rig.store.deployments("cam-1")}


def kinds(rig: Rig) -> list[str]:
    return [e.kind for e in rig.store.events("cam-1")]


def test_what_was_not_believed_is_closed_and_told(rig: Rig, device: Device) -> None:
    refuse(device, "SIGNATURE")
    assert outcomes(rig) == {1: ("committed", ""), 2: ("rejected", "SIGNATURE")}
    assert kinds(rig)[-2:] == ["rejected", "not_believed"]
    (answer,) = rig.store.recompressions("cam-1")
    assert (answer.outcome, answer.justified) == ("rejected", False)
    assert len(device.orders) == 2, "another order would not be believed either"


def test_an_expired_order_is_renewed_when_it_is(rig: Rig, device: Device) -> None:
    rig.clock.advance(rig.settings.desired_life_s + 1.0)
    refuse(device, "EXPIRED", revision=2)
    renewed = current_desired(rig.store.device("cam-1"))
    assert renewed is not None
    assert renewed.revision == 3
    assert renewed.expires_at > rig.clock.time()
    assert outcomes(rig)[2] == ("rejected", "EXPIRED")


def test_clocks_that_differ_are_for_an_operator(rig: Rig, device: Device) -> None:
    refuse(device, "EXPIRED")
    assert len(device.orders) == 2
    assert "s apart" in rig.store.events("cam-1")[-1].text


def test_a_higher_revision_is_passed_and_not_chased_for_ever(rig: Rig, device: Device) -> None:
    refuse(device, "STALE_REVISION", known=7)
    assert device.desired.revision == 8
    for _ in range(MAX_RENEWALS):
        refuse(device, "STALE_REVISION")
    assert device.desired.revision == 8 + MAX_RENEWALS - 1
    assert kinds(rig)[-1] == "not_believed"


def test_the_refusal_of_an_older_order_changes_nothing(rig: Rig, device: Device) -> None:
    refuse(device, "EXPIRED", revision=1)
    assert outcomes(rig) == {1: ("committed", ""), 2: ("", "")}
    device.report("committed")
    refuse(device, "EXPIRED", revision=2)
    assert outcomes(rig)[2] == ("committed", "")


def test_the_decision_that_waited_is_made(rig: Rig, device: Device) -> None:
    device.say("capabilities", device.capabilities)
    rig.store.update_state("cam-1", waiting="operator")
    refuse(device, "SIGNATURE")
    assert rig.store.device_state("cam-1").waiting == ""


def test_a_device_left_without_a_model_by_its_probation_gets_another(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    first = device.desired.primary.point
    device.report("", phase="PROBATION", serving=first)
    device.report("rolled_back", "OVER_BUDGET", trial=device.trial(30.0, incumbent_ms=0.0))
    assert device.desired.revision == 2, "it serves nothing: whatever fits is better"
    assert device.desired.primary.point != first
