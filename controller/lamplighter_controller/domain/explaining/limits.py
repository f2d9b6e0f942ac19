"""What bounds a device's plans, and who has set each of these limits. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lamplighter_wire.messages import Capabilities

from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.policy.policy import Policy

BY_HAND = "set for this device"
OWNER = "the device's owner, in its own settings"
MACHINE = "what the agent may use of the device's memory"
MEGABYTE = 1e6


@dataclass(frozen=True)
class Limit:
    """One of them; 0: there is none."""

    name: str
    value: float
    source: str
    means: str = ""  # what it is now, where it moves

    def __str__(self) -> str:
        return f"{self.name} {_SHOWN[self.name](self.value)}{self.means} ({self.source})"


SLOT = "p95 within"
_SHOWN = {
    SLOT: lambda value: f"{100 * value:.0f} % of a frame's time",
    "p95": lambda value: f"{value:g} ms",
    "power": lambda value: f"{value:g} W",
    "memory": lambda value: f"{value / MEGABYTE:.0f} MB",
}
_FIELDS = {"p95": "latency_p95_ms", "power": "power_w", "memory": "memory_bytes"}


def limits_of(
    own: Mapping[str, Any],
    policy: Policy,
    sources: Mapping[str, str],
    default: Objective,
    capabilities: Capabilities,
    fps: float = 0.0,
) -> list[Limit]:
    """Those that there are, each as the tighter of what is ordered and what the device itself has.

    The last is what latency may be of the time between two frames; there is always one.

    Args:
        own: the device's own objective.
        sources: field of the policy -> the scope that sets it.
        fps: frames per second that the device was asked for last; 0: not known, or several cameras.
    """
    of_device = {
        "power": Limit("power", capabilities.power_budget_w, OWNER),
        "memory": Limit("memory", capabilities.memory_bytes, MACHINE),
    }
    found = []
    for name, field in _FIELDS.items():
        among = [*_ordered(name, field, own, policy, sources, default)]
        among += [of_device[name]] if name in of_device else []
        among = [limit for limit in among if limit.value]
        found += [min(among, key=lambda limit: limit.value)] if among else []
    return [*found, _slot(policy.slot_share, sources.get("slot_share", "default"), fps)]


def _slot(share: float, source: str, fps: float) -> Limit:
    means = f", {share * 1e3 / fps:.0f} ms at {fps:.3g} frames/s" if fps else ""
    by = {"default": "by default", "settings": "the controller's settings"}
    return Limit(SLOT, share, by.get(source, f"policy of {source}"), means)


def _ordered(
    name: str,
    field: str,
    own: Mapping[str, Any],
    policy: Policy,
    sources: Mapping[str, str],
    default: Objective,
) -> Iterator[Limit]:
    """The nearest that says something: the device's own, its policy's, that of the settings."""
    if own.get(field) is not None:
        yield Limit(name, own[field], BY_HAND)
    elif getattr(policy, field):
        yield Limit(name, getattr(policy, field), f"policy of {sources[field]}")
    else:
        yield Limit(name, getattr(default, field), "the controller's settings")
