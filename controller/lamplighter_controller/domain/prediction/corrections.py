"""What the points that a device has measured tell of its other points. Pure.

The logarithm of measured over predicted latency is taken for a sum of independent parts: of the
device, of the runtime, of the runtime's precision, of the variant, of the loop around the network
(the more of the time it is, the more of this part), in the same way of what the network costs in
this runtime beyond its arithmetic, of the picture's size, of the size in this runtime, and of
chance. How far each part usually is from nothing is known; so what is measured at some points says
what to expect at any other (a linear mixed model: Henderson, Biometrics, 1975).
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Standard deviations of the parts, fitted on six devices and four networks: docs/reference/
# envelopes.md. A device is believed whatever it says of itself as a whole.
OF_DEVICE = 1.0
OF_RUNTIME = 0.15
OF_KIND = 0.2
OF_VARIANT = 0.07
OF_LOOP = 0.9
OF_EXTRA = 0.5
OF_SIZE = 0.05  # for each factor of e in pixels, from those of the main size
OF_RUNTIMES_SIZE = 0.05
BY_CHANCE = 0.06
MAIN_PIXELS = 384 * 288
# A point that others contradict by so many standard deviations counts by how far it is off.
CONTRADICTED = 3.0
# Nothing is expected to be further off than this beyond what was measured.
BEYOND = math.log(2.0)


class Traits(NamedTuple):
    """What a point shares with others. `loop`, `extra`: shares of its predicted time, 0 to 1."""

    runtime: str
    precision: str
    variant: str
    loop: float
    pixels: int
    extra: float = 0.0

    @property
    def log_pixels(self) -> float:
        """From those of the main size."""
        return math.log(max(self.pixels, 1) / MAIN_PIXELS)


class Measured(NamedTuple):
    """A point and the logarithm of its measured over its predicted latency.

    `repeats`: how often other points were measured again since, for then the device may have
    become another.
    """

    traits: Traits
    log_ratio: float
    repeats: int = 0


class _Part(NamedTuple):
    """A part of the sum: points of one group share it, each times its weight."""

    deviation: float
    group: Callable[[Traits], Hashable]
    weight: Callable[[Traits], float]


def _fully(_traits: Traits) -> float:
    return 1.0


def _all_alike(_traits: Traits) -> Hashable:
    return ()


PARTS = (
    _Part(OF_DEVICE, _all_alike, _fully),
    _Part(OF_RUNTIME, lambda t: t.runtime, _fully),
    _Part(OF_KIND, lambda t: (t.runtime, t.precision), _fully),
    _Part(OF_VARIANT, lambda t: t.variant, _fully),
    _Part(OF_LOOP, _all_alike, lambda t: t.loop),
    _Part(OF_EXTRA, lambda t: t.runtime, lambda t: t.extra),
    _Part(OF_SIZE, _all_alike, lambda t: t.log_pixels),
    _Part(OF_RUNTIMES_SIZE, lambda t: (t.runtime, t.pixels), _fully),
)


@dataclass(frozen=True)
class Corrections:
    """The parts as a device's points tell them, in the order of `PARTS`: by group."""

    parts: tuple[dict[Hashable, float], ...]
    least: float
    most: float

    def factor(self, traits: Traits) -> float:
        """What to multiply the predicted latency of a point with."""
        log_factor = sum(
            by_group.get(part.group(traits), 0.0) * part.weight(traits)
            for part, by_group in zip(PARTS, self.parts, strict=True)
        )
        return math.exp(min(self.most + BEYOND, max(self.least - BEYOND, log_factor)))


def corrections(points: Sequence[Measured]) -> Corrections:
    """From one point at least."""
    ratios = np.array([point.log_ratio for point in points])
    chance = np.array([(BY_CHANCE * (1 + point.repeats)) ** 2 for point in points])
    shared = _covariances(points)
    for _ in range(len(points) // 3):
        inverse = np.linalg.inv(shared + np.diag(chance))
        off, usual = inverse @ ratios / inverse.diagonal(), inverse.diagonal() ** -0.5
        worst = int(np.argmax(np.abs(off) / usual))
        if abs(off[worst]) < CONTRADICTED * usual[worst]:
            break
        chance[worst] += off[worst] ** 2
    told = np.linalg.solve(shared + np.diag(chance), ratios).tolist()
    parts = tuple(_by_group(part, points, told) for part in PARTS)
    return Corrections(parts, float(ratios.min()), float(ratios.max()))


def _by_group(
    part: _Part, points: Sequence[Measured], told: Sequence[float]
) -> dict[Hashable, float]:
    sums: dict[Hashable, float] = {}
    for point, value in zip(points, told, strict=True):
        group = part.group(point.traits)
        gain = part.deviation**2 * part.weight(point.traits) * value
        sums[group] = sums.get(group, 0.0) + gain
    return sums


def _covariances(points: Sequence[Measured]) -> NDArray[np.float64]:
    """What each two points have in common [n, n]."""
    total = np.zeros((len(points), len(points)))
    for part in PARTS:
        weights = np.array([part.weight(point.traits) for point in points])
        codes: dict[Hashable, int] = {}
        groups = [codes.setdefault(part.group(point.traits), len(codes)) for point in points]
        alike = np.equal.outer(groups, groups)
        total += part.deviation**2 * alike * np.outer(weights, weights)
    return total
