"""What error of counts to expect of variants whose counts nobody has measured: from their accuracy.

Among those that were measured, what is more accurate counts better. A line through them, for each
frame rate, says what to expect of the others; how far the measured ones lie from it is how far the
estimate may be out. Where a variant of the same parent was measured at the size, the line goes
through that one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from lamplighter_wire.street.count_error import CountError

from lamplighter_controller.domain.variants import ESTIMATE, MEASURED, VariantSpec

# So many points make a line worth drawing.
LEAST_POINTS = 4
# Of a normal distribution, 95 % lie within so many deviations.
BAND = 2.0


class _Line(NamedTuple):
    """Error over 1 less the accuracy; `spread` of the measured points around it."""

    base: float
    slope: float
    spread: float


def with_expected_counts(specs: Sequence[VariantSpec]) -> list[VariantSpec]:
    """The same variants; those whose counts were not measured have an estimate.

    Where too few variants of a task were measured, nothing is said of the others.
    """
    lines = {task: _lines(specs, task) for task in {spec.task for spec in specs}}
    return [
        _estimated(spec, lines[spec.task], _sibling(spec, specs))
        if lines[spec.task] and spec.counts_basis != MEASURED
        else spec
        for spec in specs
    ]


def _lines(specs: Sequence[VariantSpec], task: str) -> dict[float, _Line]:
    """By frame rate."""
    points: dict[float, list[tuple[float, float]]] = {}
    for fps, lack, error in _measured(specs, task):
        points.setdefault(fps, []).append((lack, error))
    return {fps: _line(points[fps]) for fps in sorted(points) if len(points[fps]) >= LEAST_POINTS}


def _measured(specs: Sequence[VariantSpec], task: str) -> Iterator[tuple[float, float, float]]:
    """Frame rate, 1 less the accuracy, and the error, of everything that was measured."""
    for spec in specs:
        is_measured = spec.task == task and spec.counts_basis == MEASURED
        tables = spec.count_errors.items() if is_measured else ()
        for size, by_regime in tables:
            accuracies = spec.expected_ap50.get(size, {})
            for regime, rows in by_regime.items():
                if regime in accuracies:
                    yield from ((row.fps, 1.0 - accuracies[regime], row.error) for row in rows)


def _line(points: Sequence[tuple[float, float]]) -> _Line:
    """By least squares; it never falls with a lack of accuracy."""
    lack, error = np.array(points).T
    middle = lack - lack.mean()
    slope = max(0.0, float(middle @ error) / max(float(middle @ middle), 1e-9))
    base = float(error.mean() - slope * lack.mean())
    spread = float(np.sqrt(np.mean((base + slope * lack - error) ** 2)))
    return _Line(base, slope, spread)


def _estimated(
    spec: VariantSpec, lines: Mapping[float, _Line], sibling: VariantSpec | None
) -> VariantSpec:
    table = {
        size: {
            regime: [
                _expected(fps, _through(line, fps, sibling, size, regime), 1.0 - ap50)
                for fps, line in lines.items()
            ]
            for regime, ap50 in row.items()
        }
        for size, row in spec.expected_ap50.items()
    }
    alike = sibling is not None and sibling.precision == spec.precision
    scores = sibling.thresholds if sibling is not None and alike else {}
    return msgspec.structs.replace(
        spec, count_errors=table, counts_basis=ESTIMATE, count_scores=dict(scores)
    )


def _sibling(spec: VariantSpec, specs: Sequence[VariantSpec]) -> VariantSpec | None:
    """The measured variant of its parent that computes most alike."""
    parent = spec.task, spec.parent, spec.model_version
    measured = [
        other
        for other in specs
        if spec.parent
        and other.counts_basis == MEASURED
        and (other.task, other.parent, other.model_version) == parent
    ]
    return max(measured, key=lambda one: (one.precision == spec.precision, one.id), default=None)


def _through(line: _Line, fps: float, sibling: VariantSpec | None, size: str, regime: str) -> _Line:
    """A line as steep, through what was measured of a sibling at a rate."""
    rows = sibling.count_errors.get(size, {}).get(regime, []) if sibling else []
    accuracy = sibling.expected_ap50.get(size, {}).get(regime) if sibling else None
    error = next((row.error for row in rows if row.fps == fps), None)
    if accuracy is None or error is None:
        return line
    return line._replace(base=error - line.slope * (1.0 - accuracy))


def _expected(fps: float, line: _Line, lack: float) -> CountError:
    error = max(0.0, line.base + line.slope * lack)
    low, high = max(0.0, error - BAND * line.spread), error + BAND * line.spread
    return CountError(fps=fps, error=round(error, 4), low=round(low, 4), high=round(high, 4))
