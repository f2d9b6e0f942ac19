"""Who lives in the city of the rollout: real agents, and simulated devices of several classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Envelope
from lamplighter_demo.simulation.mix import Kind

SITES = ("harbour", "market", "ring-road", "station")
# Where the real agent stands that no rollout is for: it shows what the machine itself changes.
DEPOT = "depot"
# Canaries are one of each class, and shall be fewer than this share of the fleet.
CANARY_SHARE = 0.05
# Of the lean network's group, every so-many-th refuses it.
WEAK_EVERY, REFUSING = 10, 2
KINDS = (
    Kind("x86_64", 4, 0.0, 8192, 2.5, 0.9),
    Kind("x86_64", 2, 0.0, 4096, 4.0, 1.6),
    Kind("aarch64", 4, 0.0, 2048, 7.0, 2.8),
    Kind("x86_64", 2, 1.0, 2048, 6.0, 2.6),
    Kind("aarch64", 8, 0.0, 4096, 3.5, 1.4),
    Kind("x86_64", 8, 0.0, 16384, 2.0, 0.8),
)
# Too small for what is rolled out: the group's query leaves them out, and says why.
WEAK_KIND = Kind("aarch64", 2, 0.0, 512, 24.0, 11.0, 3.5)
LEAST_MEMORY = "1G"
CAMERAS = ("east-arm", "south-arm")
REAL_DEVICES = tuple(
    DemoDevice(f"real-{n + 1}", "gateway, a real agent", CAMERAS[n % 2], Envelope(idle_w=3.0))
    for n in range(6)
)
# One still scene for longer than the scenario takes: what changes is what is rolled out.
PROFILE = TimeProfile(
    phase_s=10.0,
    workload_scale=1.0,
    probation_frames=4,
    probation_s=2.0,
    telemetry_s=3.0,
    warm_up_s=3600.0,
    fps_floor=1.0,
    fps_cap=1.5,
    detections_every=1000,
)


@dataclass(frozen=True)
class Inhabitant:
    """A simulated device to be."""

    name: str
    kind: Kind
    site: str
    is_weak: bool
    refuses: bool


def classes(real: int, simulated: int) -> int:
    """How many kinds of strong devices there may be, so that their canaries are few enough."""
    most = ceil(CANARY_SHARE * (real + simulated)) - 1
    room = most - (real > 0)
    return max(1, min(len(KINDS), room))


def inhabitants(real: int, simulated: int) -> list[Inhabitant]:
    """The simulated part of the fleet; the last strong ones refuse what is new."""
    kinds = KINDS[: classes(real, simulated)]
    weak = [n % WEAK_EVERY == WEAK_EVERY - 1 for n in range(simulated)]
    strong = [n for n in range(simulated) if not weak[n]]
    refusing = set(strong[-REFUSING:]) if simulated >= 100 else set()
    return [
        Inhabitant(
            name=f"sim-{n:04d}",
            kind=WEAK_KIND if weak[n] else kinds[n % len(kinds)],
            site=SITES[n // len(kinds) % len(SITES)],
            is_weak=weak[n],
            refuses=n in refusing,
        )
        for n in range(simulated)
    ]


def query() -> str:
    """Whom the rollouts are for."""
    return f"memory>={LEAST_MEMORY} and site={'|'.join(SITES)}"


def strongest(people: Sequence[Inhabitant]) -> Inhabitant:
    """One that is no canary and refuses nothing: the last of its class by name."""
    return [one for one in people if not one.is_weak and not one.refuses][-1]
