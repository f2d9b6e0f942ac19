"""Whether devices serve worse than they did, each by its own measure. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from statistics import median

from lamplighter_client.documents import TelemetryEntry

from lamplighter_demo.rollout.schema import ServedFigures, Service, Worse

# A figure may be so much worse: a share of latency and energy, a difference of shares of frames.
# Below these latencies and energies a difference is the machine's, not the network's.
TOLERANCE, DROPPED_TOLERANCE = 0.2, 0.02
NOISE_MS, NOISE_MJ = 3.0, 20.0


def figures_of(windows: Iterable[TelemetryEntry]) -> ServedFigures | None:
    """Of a device, over its windows with frames; None: there are none.

    A deployment's own work is in the energy of windows that it disturbed: these do not count for
    that, and where there are no others, it is 0.
    """
    told = [w for w in windows if w.frames > 0 and w.serving.variant]
    if not told:
        return None
    return ServedFigures(
        variant=told[-1].serving.variant,
        latency_p95_ms=median(w.latency_p95_ms for w in told),
        energy_mj_per_frame=_median(w.energy_mj_per_frame for w in told if not w.disturbed),
        dropped_share=median(w.dropped / (w.frames + w.dropped) for w in told),
    )


def _median(values: Iterable[float]) -> float:
    known = list(values)
    return median(known) if known else 0.0


def compare(
    before: Mapping[str, ServedFigures | None],
    after: Mapping[str, ServedFigures | None],
    real: Sequence[str],
    control: str = "",
) -> Service:
    """Each device with itself; those of `real` in full.

    What has become slower for `control`, which was told nothing, is the machine's doing for all
    real ones, which share it.
    """
    pairs = {name: (before[name], after.get(name)) for name in before}
    known = {name: (a, b) for name, (a, b) in pairs.items() if a is not None and b is not None}
    drift = _drift(*known[control]) if control in known else 1.0
    drifts = dict.fromkeys(real, drift)
    worse = [_worse(name, a, b, drifts.get(name, 1.0)) for name, (a, b) in known.items()]
    return Service(
        compared=len(known),
        not_heard=sorted(pairs.keys() - known.keys()),
        worse=[figure for figures in worse for figure in figures],
        latency_ratio=_ratio([(a.latency_p95_ms, b.latency_p95_ms) for a, b in known.values()]),
        energy_ratio=_ratio(
            [(a.energy_mj_per_frame, b.energy_mj_per_frame) for a, b in known.values()]
        ),
        drift=round(drift, 3),
        real={name: known[name] for name in real if name in known},
    )


def _drift(before: ServedFigures, after: ServedFigures) -> float:
    if before.latency_p95_ms <= 0:
        return 1.0
    return max(1.0, after.latency_p95_ms / before.latency_p95_ms)


def _worse(name: str, before: ServedFigures, after: ServedFigures, drift: float) -> list[Worse]:
    limits = {
        "latency_p95_ms": _limit(drift * before.latency_p95_ms, NOISE_MS),
        "energy_mj_per_frame": _energy_limit(before.energy_mj_per_frame),
        "dropped_share": before.dropped_share + DROPPED_TOLERANCE,
    }
    return [
        Worse(device=name, figure=figure, before=getattr(before, figure), after=value)
        for figure, limit in limits.items()
        if (value := getattr(after, figure)) > limit
    ]


def _energy_limit(before: float) -> float:
    """Where it is not known of before, nothing is worse."""
    return _limit(before, NOISE_MJ) if before > 0 else inf


def _limit(before: float, noise: float) -> float:
    return before + max(TOLERANCE * before, noise)


def _ratio(pairs: list[tuple[float, float]]) -> float:
    """The median of after through before; 1 where nothing can be compared."""
    ratios = [after / before for before, after in pairs if before > 0 and after > 0]
    return round(median(ratios), 3) if ratios else 1.0
