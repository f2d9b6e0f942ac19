"""Hours, order, tries again and names that are given away, over the life of a rollout."""

from collections.abc import Callable

from lamplighter_controller.domain.rollouts.rollout import (
    FailureResponse,
    RolloutState,
    WaveOrder,
)
from lamplighter_controller.errors import StoreError
from lamplighter_controller.services.rollouts.rollouts import LOOK_S
from lamplighter_controller.store.records import CertificateRecord

from tests.simulators.rollout_fleet import RolloutFleet
from tests.simulators.rollout_steps import act, begin, state, states, with_new

HOUR_S = 3600.0


def hours_of(fleet: RolloutFleet, begins_in_h: float) -> dict[str, float]:
    """A window of an hour that opens in so many hours."""
    hour = fleet.rig.clock.time() / HOUR_S % 24
    return {
        "release_from_hour": (hour + begins_in_h) % 24,
        "release_until_hour": (hour + begins_in_h + 1) % 24,
    }


def test_a_model_waits_for_the_hours_of_its_devices_and_going_back_does_not(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.rig.services.policy_changes.change("fleet", hours_of(fleet, 2))
    begin(fleet)
    fleet.live(3)
    assert with_new(fleet) == set()
    assert not [name for name in fleet.names if fleet.deployments(name)], "nobody is told"
    fleet.rig.wait(1.5 * HOUR_S)
    assert state(fleet) is RolloutState.RUNNING, "who may not be told yet is not late"
    fleet.rig.wait(0.6 * HOUR_S)
    fleet.live(2)
    assert with_new(fleet) == {"cam-0", "cam-1"}
    fleet.rig.services.policy_changes.change("fleet", hours_of(fleet, 2))
    act(fleet, "roll-back")
    fleet.live(2)
    assert with_new(fleet) == set(), "whatever the hour"


def test_the_order_of_a_rollout_is_the_same_after_a_restart(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    for name, rank in zip(fleet.names, "654321", strict=True):
        fleet.rig.store.configure_device(name, None, labels={"ring": rank})
    begin(
        fleet, order=WaveOrder.LABEL, order_label="ring", canaries_per_class=0, first=6.0, at_once=2
    )
    told = [set(flying(fleet))]
    fleet.restart()
    while state(fleet) is RolloutState.RUNNING:
        fleet.live()
        if set(flying(fleet)) not in (set(), told[-1]):
            told.append(set(flying(fleet)))
    assert told == [{"cam-5", "cam-4"}, {"cam-3", "cam-2"}, {"cam-1", "cam-0"}]


def flying(fleet: RolloutFleet) -> list[str]:
    return [device for device, now in states(fleet).items() if now in ("ordered", "watched")]


def test_a_canary_that_is_retried_behind_the_canaries_can_succeed(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.refuses = {"cam-1"}
    begin(fleet, watch_s=5.0, deadline_s=30.0)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.PAUSED
    fleet.refuses = set()
    fleet.rig.wait(7200.0)  # what it has refused may be asked again
    act(fleet, "resume")
    fleet.live(2)
    act(fleet, "retry")
    fleet.live_on("r1", 60)
    assert states(fleet)["cam-1"] == "succeeded"
    assert state(fleet) is RolloutState.SUCCEEDED


def test_a_look_that_fails_is_followed_by_another(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    begin(fleet)
    read, store = fleet.rig.store.rollout, fleet.rig.store

    def fail_once(_name: str) -> None:
        store.rollout = read  # type: ignore[method-assign]
        raise StoreError("the disk is away")

    store.rollout = fail_once  # type: ignore[assignment, method-assign]
    fleet.rig.wait(LOOK_S)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED


def test_a_name_that_is_released_leaves_its_rollouts(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    fleet.latency_ms |= {"new-fp32": 30.0, "new-int8": 30.0}
    begin(fleet, on_error=FailureResponse.ROLL_BACK)
    fleet.live_on("r1")
    (pinned, _) = fleet.rig.services.rollouts.overrides_of(fleet.rig.store.device("cam-0"))
    assert pinned.target == "old-fp32"
    fleet.rig.store.add_certificate(CertificateRecord(serial="a", device="cam-0", issued_at=1.0))
    fleet.rig.services.retirements.retire("cam-0", None)
    fleet.rig.services.retirements.release("cam-0", None)
    for _ in range(2):
        assert not fleet.rig.services.rollouts.overrides_of(fleet.rig.store.device("cam-0"))
        assert fleet.rig.services.rollouts.overrides_of(fleet.rig.store.device("cam-1"))
        fleet.restart()


def hand_on(fleet: RolloutFleet, name: str) -> None:
    """A device leaves, and another one comes under its name."""
    store, retirements = fleet.rig.store, fleet.rig.services.retirements
    store.add_certificate(CertificateRecord(serial=f"of-{name}", device=name, issued_at=1.0))
    retirements.retire(name, None)
    retirements.release(name, None)
    limits = {"power_w": 3.0}
    store.update_device(name, retired_at=None, released_at=None, objective=limits)


def test_what_a_rollout_does_concerns_no_later_device_of_a_name(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    begin(fleet, objective={"latency_p95_ms": 500.0})
    fleet.live(3)
    act(fleet, "pause")
    for name in ("cam-0", "cam-5"):  # one that was told, and one that waits
        hand_on(fleet, name)
    act(fleet, "resume")
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED, "nobody waits for who has left"
    left = {device: now for device, now in states(fleet).items() if now != "succeeded"}
    assert left == {"cam-0": "skipped", "cam-5": "skipped"}
    hand_on(fleet, "cam-1")
    act(fleet, "roll-back")
    for name in ("cam-0", "cam-1", "cam-5"):
        assert fleet.rig.store.device(name).objective == {"power_w": 3.0}, "its own limits"
