"""A rollout as a value: what is to come to which devices, in which waves, and how far it is."""

from collections import Counter
from enum import StrEnum
from typing import Any

import msgspec

from lamplighter_controller.domain.overrides.overrides import DEVICE, Override, OverrideKind
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.forecast import Rehearsal
from lamplighter_controller.domain.rollouts.gates import Tolerances


class RolloutState(StrEnum):
    """Where a rollout stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"
    ENDED = "ended"


# Devices are held to what the rollout says of them, until it is ended.
IN_FORCE = frozenset(
    {
        RolloutState.RUNNING,
        RolloutState.PAUSED,
        RolloutState.SUCCEEDED,
        RolloutState.ABORTED,
        RolloutState.ROLLED_BACK,
    }
)
UNDER_WAY = frozenset({RolloutState.RUNNING, RolloutState.PAUSED})


class TargetState(StrEnum):
    """Where one device of a rollout stands."""

    WAITING = "waiting"
    ORDERED = "ordered"  # it shall serve the target, and does not yet
    WATCHED = "watched"  # it does
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    ROLLED_BACK = "rolled_back"


IN_FLIGHT = frozenset({TargetState.ORDERED, TargetState.WATCHED})
SETTLED = frozenset({TargetState.SUCCEEDED, TargetState.FAILED})


class WaveKind(StrEnum):
    """How waves grow after the canaries."""

    FIXED = "fixed"  # `first` devices in each
    PERCENT = "percent"  # `first` percent of all devices in each
    EXPONENTIAL = "exponential"  # `first` devices, then `factor` times as many each time


class WaveOrder(StrEnum):
    """Who comes sooner, behind the canaries."""

    TURNS = "turns"  # sites take turns, so that no street changes as a whole
    SITES = "sites"  # one site after the other, by name: who works there is there once
    LABEL = "label"  # by the value of the label `order_label`, numbers first, who has none last


class FailureResponse(StrEnum):
    """What follows from too many failures, or a gate that finds harm."""

    PAUSE = "pause"
    ROLL_BACK = "roll_back"


class RolloutPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants.

    Attributes:
        target, objective: of a model, as rollouts were kept when there was nothing else.
        change: what it brings; None: that model.
        canaries_per_class: of each hardware class, in the first wave; then one of each regime that
            none of them sees.
        order, order_label: who comes sooner, behind the canaries.
        success_share: of a wave, for the next one to begin.
        error_share: of all that were begun; more end it as `on_error` says.
        deadline_s: who has not come to the target, or says nothing, for so long has failed.
        watch_s: how long a device serves the target before that counts as success.
        per_site, at_once: most devices in flight, of a site and in all; 0: any number. Devices
            without a site share none.
        per_link: the same of devices that share a link: those with the same value of the label
            `link_label`; who has none shares none.
        most_failures, penalty_s: who has failed so often in so long is left out.
    """

    group: str
    target: str = ""
    change: Change | None = None
    objective: dict[str, Any] | None = None
    canaries_per_class: int = 1
    waves: WaveKind = WaveKind.EXPONENTIAL
    first: float = 5.0
    factor: float = 2.0
    order: WaveOrder = WaveOrder.TURNS
    order_label: str = "order"
    success_share: float = 0.9
    error_share: float = 0.05
    on_error: FailureResponse = FailureResponse.PAUSE
    deadline_s: float = 3600.0
    watch_s: float = 300.0
    per_site: int = 5
    at_once: int = 50
    per_link: int = 0
    link_label: str = "link"
    most_failures: int = 3
    penalty_s: float = 86400.0
    tolerances: Tolerances = Tolerances()

    @property
    def what(self) -> Change:
        """What it brings."""
        return self.change or ModelChange(target=self.target, objective=self.objective)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a rollout.

    Attributes:
        wave: 0: a canary.
        place: in the order in which devices are told.
        link: by which it shares a link with others; empty: with nobody.
        rank: value of the label by which the plan orders; empty: it has none.
        before: what it had when it was told, and goes back to: of a model, the variant.
        former: the same as a document, where a configuration is changed.
        version: of the configuration that it was told; of its windows it parts past and since.
        watched_at: when it was first seen to have the target.
        regime: under which it saw when it came in; empty: not known.
        had_it: it served the target before; it waits all the same where it is brought limits.
        objective_before: its own, where the rollout brought another; None: it has brought none.
        was_online: when it came in.
        is_released: another device may have its name since, of which this says nothing.
        changed_at: when its state changed last.
    """

    device: str
    site: str = ""
    link: str = ""
    rank: str = ""
    hardware: str = ""
    regime: str = ""
    wave: int = 0
    place: int = 0
    state: TargetState = TargetState.WAITING
    reason: str = ""
    failures: int = 0
    before: str = ""
    had_it: bool = False
    objective_before: dict[str, Any] | None = None
    was_online: bool = True
    is_released: bool = False
    former: dict[str, Any] | None = None
    version: int = 0
    watched_at: float = 0.0
    changed_at: float = 0.0


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """The whole memory of the state machine.

    Attributes:
        reason: why it is paused, aborted or rolled back.
        wave: the last one that was begun.
        forgiven: failures that somebody had seen who let it go on.
        approved_by: who stands for it.
        rehearsal: what was expected of it, as far as somebody asked.
    """

    name: str
    plan: RolloutPlan
    state: RolloutState = RolloutState.DRAFT
    reason: str = ""
    wave: int = 0
    began_at: float = 0.0
    forgiven: int = 0
    approved_by: str = ""
    rehearsal: Rehearsal | None = None
    targets: dict[str, Target] = {}

    @property
    def counts(self) -> dict[TargetState, int]:
        """Devices by state."""
        counted = Counter(target.state for target in self.targets.values())
        return {state: counted[state] for state in TargetState}

    @property
    def last_wave(self) -> int:
        """The last one that has devices."""
        return max((target.wave for target in self.targets.values()), default=0)


def released(target: Target, now: float) -> Target:
    """Another device may have its name from now on: what was to come to it does not."""
    if target.state in (TargetState.WAITING, *IN_FLIGHT):
        changed = {"state": TargetState.SKIPPED, "reason": "its name was released"}
        target = msgspec.structs.replace(target, **changed, changed_at=now)
    return msgspec.structs.replace(target, is_released=True)


def overrides_of(rollout: Rollout, target: Target) -> list[Override]:
    """What a rollout that is in force means for one of its devices.

    Who waits, failed or went back is kept from the target: it would come to it by the planner's own
    choice otherwise. What is no model is nothing that a planner chooses.
    """
    change = rollout.plan.what
    if not isinstance(change, ModelChange):
        return []
    if rollout.state not in IN_FORCE or target.is_released:
        return []
    if target.state in IN_FLIGHT or target.state is TargetState.SUCCEEDED:
        return [_override(rollout, target, OverrideKind.PIN, change.target, waits=True)]
    if target.had_it:
        return []
    avoid = _override(rollout, target, OverrideKind.AVOID, change.target)
    if target.state is TargetState.ROLLED_BACK and target.before:
        return [_override(rollout, target, OverrideKind.PIN, target.before), avoid]
    return [avoid]


def _override(
    rollout: Rollout, target: Target, kind: OverrideKind, what: str, *, waits: bool = False
) -> Override:
    wave = f"wave {target.wave}" if target.wave else "canary"
    return Override(
        id=0,
        kind=kind,
        scope=DEVICE + target.device,
        target=what,
        reason=f"{wave}, {target.state}",
        by=f"rollout {rollout.name}",
        waits=waits,
    )
