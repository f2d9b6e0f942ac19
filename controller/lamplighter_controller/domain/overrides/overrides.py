"""What operators have set for devices by hand, over what would be decided: holds and pins. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from lamplighter_controller.domain.variants import VariantSpec

# What a scope begins with; then the id of a device, or the name of a group.
DEVICE, GROUP = "device:", "group:"
# The same of what the policy of a scope says.
POLICY = "policy:"


class OverrideKind(StrEnum):
    """What an override does."""

    HOLD = "hold"  # the device is told nothing new, whatever is decided
    PIN = "pin"  # it serves variants of the target only
    AVOID = "avoid"  # it serves no variant of the target


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. Several of a kind: the device's own count before its groups', newer ones first.

    Attributes:
        target: id of a variant, name of a model, or MODEL@VERSION; empty of a hold.
        until: wall time in seconds; 0: until somebody ends it.
        by: who set it.
        waits: for the hours in which changes are released; else it counts at once.
    """

    id: int
    kind: OverrideKind
    scope: str
    target: str = ""
    reason: str = ""
    until: float = 0.0
    by: str = ""
    waits: bool = False

    def concerns(self, spec: VariantSpec) -> bool:
        """Whether a variant is of the target."""
        model, _, version = self.target.partition("@")
        is_model = spec.model == model and version in ("", spec.model_version)
        return is_model or spec.id == self.target

    @property
    def is_policy(self) -> bool:
        """Whether it follows from the policy: what is set by hand, or rolled out, counts first."""
        return self.scope.startswith(POLICY)

    @property
    def text(self) -> str:
        """In words, for reasons."""
        words = {
            OverrideKind.HOLD: "held",
            OverrideKind.PIN: f"pinned to {self.target}",
            OverrideKind.AVOID: f"kept from {self.target}",
        }
        of = f" with group {self.scope.removeprefix(GROUP)}" if self.scope.startswith(GROUP) else ""
        who = f" by {self.by}" if self.by else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{words[self.kind]}{of}{who}{why}"


@dataclass(frozen=True)
class InForce:
    """What counts for a device now.

    `narrowing`: of those avoided, what counts before the pin: of a newer rollout, or all where the
    pin is the policy's.
    """

    hold: Override | None = None
    pin: Override | None = None
    avoided: tuple[Override, ...] = ()
    narrowing: tuple[Override, ...] = ()

    def offered(self, catalogue: Sequence[VariantSpec]) -> Sequence[VariantSpec]:
        """What of a catalogue the device may serve."""
        if self.pin is None and not self.avoided:
            return catalogue
        return [spec for spec in catalogue if self.permits(spec)]

    def permits(self, spec: VariantSpec) -> bool:
        """Whether the device may serve a variant. A pin to what is avoided wins."""
        if self.pin is not None and not self.pin.concerns(spec):
            return False
        avoided = self.avoided if self.pin is None else self.narrowing
        return not any(override.concerns(spec) for override in avoided)

    @property
    def all(self) -> list[Override]:
        """Those that count, one by one."""
        return [one for one in (self.hold, self.pin, *self.avoided) if one is not None]

    @property
    def targets(self) -> tuple[str, tuple[str, ...]]:
        """What plans follow from: to what it is pinned, and what it is kept from."""
        return self.pin.target if self.pin else "", tuple(one.target for one in self.avoided)

    @property
    def reasons(self) -> list[str]:
        """Of those that bear on what is planned."""
        shown = self.avoided if self.pin is None else (self.pin, *self.narrowing)
        return [override.text for override in shown]


NOTHING = InForce()


def policy_pin(target: str, scope: str) -> Override:
    """What the policy of a scope keeps its devices to."""
    by = f"the policy of {scope}"
    return Override(id=0, kind=OverrideKind.PIN, scope=POLICY + scope, target=target, by=by)


def with_policy(now: InForce, pin: Override | None) -> InForce:
    """The same under a policy's pin, if there is one: whatever else counts, counts before it."""
    if now.pin is not None and not now.pin.is_policy:
        return now
    return replace(now, pin=pin, narrowing=now.avoided if pin is not None else ())


def in_force(overrides: Iterable[Override], now: float) -> InForce:
    """Of a device's overrides, its own and its groups', those that count.

    Those of rollouts (id 0) come newest first.
    """
    lasting = [one for one in overrides if not one.until or one.until > now]
    nearest = sorted(lasting, key=lambda one: (one.scope.startswith(GROUP), -one.id))
    pin = next((one for one in nearest if one.kind is OverrideKind.PIN), None)
    avoided = tuple(one for one in nearest if one.kind is OverrideKind.AVOID)
    return InForce(
        hold=next((one for one in nearest if one.kind is OverrideKind.HOLD), None),
        pin=pin,
        avoided=avoided,
        narrowing=_narrowing(nearest, pin),
    )


def _narrowing(nearest: Sequence[Override], pin: Override | None) -> tuple[Override, ...]:
    """What rollouts that are newer than the one that pins keep the device from."""
    if pin is None or pin.id:
        return ()
    newer = nearest[: nearest.index(pin)]
    return tuple(one for one in newer if one.kind is OverrideKind.AVOID and not one.id)
