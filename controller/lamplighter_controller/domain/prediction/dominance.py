"""Which points of a catalogue no device has a reason to serve.

One point dominates another when it answers no worse in any regime, on any street that is known,
and costs no more on any device: whatever the rates are that a probe may find, within reason. Only
points of one runtime and precision compare so, for what another is worth differs from device to
device.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_controller.domain.prediction.base_latency import OVERHEAD_MMAC_PER_PIXEL
from lamplighter_controller.domain.variants import SizedVariant, VariantSpec

# A multiply-accumulate in fp32 over one in another precision or runtime, in time: from nothing to
# what 8-bit matrix instructions reach.
RATIOS = (0.0, 8.0)
ALIKE = (1.0, 1.0)
EPSILON = 1e-9


class _Point(NamedTuple):
    spec: VariantSpec
    sized: SizedVariant
    pixels: int


def dominators(catalogue: Sequence[VariantSpec]) -> dict[str, tuple[str, ...]]:
    """Every dominated point, with what dominates it: "variant@384x288"."""
    kinds: dict[tuple[object, ...], list[_Point]] = {}
    for spec in catalogue:
        kind = spec.task, spec.runtime, spec.precision, spec.activations, spec.calibration
        for width, height in spec.resolutions:
            point = _Point(spec, spec.at(width, height), width * height)
            kinds.setdefault(kind, []).append(point)
    return {
        point.sized.key: keys
        for points in kinds.values()
        for point in points
        if (keys := tuple(p.sized.key for p in points if _dominates(p, point)))
    }


def with_dominators(catalogue: Sequence[VariantSpec]) -> list[VariantSpec]:
    """The same variants, each knowing what dominates its points."""
    table = dominators(catalogue)
    return [
        msgspec.structs.replace(
            spec,
            dominated={
                sized.size: list(table[sized.key])
                for sized in (spec.at(*size) for size in spec.resolutions)
                if sized.key in table
            },
        )
        for spec in catalogue
    ]


def _dominates(a: _Point, b: _Point) -> bool:
    if not set(a.spec.needs) <= set(b.spec.needs) or (b.spec.built and not a.spec.built):
        return False
    more = _most_cost(a, b)
    if more is None or more > EPSILON or a.sized.memory_bytes > b.sized.memory_bytes:
        return False
    gains = _gains(a, b)
    better = more < -EPSILON or max(gains, default=0.0) > EPSILON
    return bool(gains) and min(gains) >= -EPSILON and better


def _gains(a: _Point, b: _Point) -> list[float]:
    """What `a` answers better than `b` where something is known of `b`; empty: unknown of `a`."""
    mine, theirs = _accuracies(a), _accuracies(b)
    if not theirs.keys() <= mine.keys():
        return []
    return [mine[where] - ap50 for where, ap50 in theirs.items()]


def _accuracies(point: _Point) -> dict[tuple[str, str], float]:
    """All that is known of a point: by regime, on other streets, at sites of their own, and how
    well it counts."""
    spec, sized = point.spec, point.sized
    expected = {("", regime): ap50 for regime, ap50 in sized.ap50.items()}
    if sized.ap50_elsewhere is not None:
        expected["", ""] = sized.ap50_elsewhere
    streets = {
        (street, ""): table[sized.size]
        for street, table in spec.street_ap50.items()
        if sized.size in table
    }
    sites = {
        (site, regime): ap50
        for site, table in spec.site_ap50.items()
        for regime, ap50 in table.get(sized.size, {}).items()
    }
    counted = {
        (f"counts at {row.fps:g}", regime): 1.0 - row.error
        for regime, rows in sized.count_errors.items()
        for row in rows
    }
    return {**expected, **streets, **sites, **counted}


def _most_cost(a: _Point, b: _Point) -> float | None:
    """How much more `a` may cost than `b`, in MMAC of their precision; None: no telling."""
    fp32 = a.spec.precision == Precision.FP32
    of_runtime = ALIKE if fp32 else RATIOS
    of_base = ALIKE if fp32 and a.spec.runtime == BASE_RUNTIME else RATIOS
    around = OVERHEAD_MMAC_PER_PIXEL * (a.pixels - b.pixels)
    work = _difference(a.sized, b.sized)
    if work is None:
        return None
    plain, extra = work
    return plain + max(r * extra for r in of_runtime) + max(r * around for r in of_base)


def _difference(a: SizedVariant, b: SizedVariant) -> tuple[float, float] | None:
    """MMAC and extra work that `a` has more than `b`; None where each costs more of something."""
    total = a.dense_mmac + a.depthwise_mmac, b.dense_mmac + b.depthwise_mmac
    if a.extra_work is not None and b.extra_work is not None:
        return total[0] - total[1], total[0] * a.extra_work - total[1] * b.extra_work
    worse = a.depthwise_mmac > b.depthwise_mmac or a.bytes_moved > b.bytes_moved
    if worse or a.extra_work is not None or b.extra_work is not None:
        return None
    return a.dense_mmac - b.dense_mmac, 0.0
