"""What an operator does with a rollout of a fleet, and what is seen of it."""

import msgspec
from lamplighter_controller.domain.rollouts.rollout import RolloutPlan, RolloutState, WaveKind

from tests.simulators.rollout_fleet import RolloutFleet

PLAN = RolloutPlan(
    target="newnet",
    group="all",
    waves=WaveKind.FIXED,
    first=2.0,
    watch_s=20.0,
    deadline_s=600.0,
)


def begin(fleet: RolloutFleet, **plan: object) -> None:
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r1", msgspec.structs.replace(PLAN, **plan), "ops")
    rollouts.act("r1", "approve", "", "chief")
    rollouts.act("r1", "start", "", "ops")
    fleet.rig.settle()


def act(fleet: RolloutFleet, verb: str, reason: str = "") -> None:
    fleet.rig.services.rollouts.act("r1", verb, reason, "ops")
    fleet.rig.settle()


def state(fleet: RolloutFleet) -> RolloutState:
    return fleet.rig.store.rollout("r1").state


def states(fleet: RolloutFleet) -> dict[str, str]:
    return {t.device: str(t.state) for t in fleet.rig.store.rollout_targets("r1")}


def with_new(fleet: RolloutFleet) -> set[str]:
    return {name for name, variant in fleet.serving().items() if variant.startswith("new")}
