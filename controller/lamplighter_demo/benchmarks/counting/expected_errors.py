"""What plans may expect of a variant's counts, from what was counted beside the truth.

Figures of a regime are those of all clips of its light and density: rain and dry days count alike.
Cameras differ more than anything else, so intervals come from drawing cameras anew.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from lamplighter_recipes.variants.count_figures import CountFigures
from lamplighter_wire.rules.regimes import all_regimes
from lamplighter_wire.street.count_error import CountError
from lamplighter_wire.tasks.detection import DETECTION

from lamplighter_demo.benchmarks.counting.bench_counting import TRUE_BOXES, ClipRow
from lamplighter_demo.benchmarks.counting.page import off_and_true

DRAWS, SEED = 2000, 13
PERCENTILES = (2.5, 97.5)

Rows = Sequence[ClipRow]


def count_figures(rows: Rows, variants: Mapping[str, str]) -> list[CountFigures]:
    """Of each source but true boxes; `variants`: its name -> the id of the variant."""
    names = dict.fromkeys(row.source for row in rows if row.source != TRUE_BOXES)
    return [_figures(variants[name], [row for row in rows if row.source == name]) for name in names]


def _figures(variant: str, rows: Rows) -> CountFigures:
    errors: dict[str, dict[str, list[CountError]]] = {}
    crossings: dict[str, int] = {}
    for size in dict.fromkeys(row.size for row in rows):
        sized = [row for row in rows if row.size == size]
        by_regime = {regime: _alike(sized, regime) for regime in all_regimes(DETECTION.axes)}
        errors[size] = {name: _by_rate(some) for name, some in by_regime.items() if some}
        crossings |= {name: _crossings(some) for name, some in by_regime.items() if some}
    return CountFigures(variant=variant, crossings=crossings, errors=errors)


def _alike(rows: Rows, regime: str) -> list[ClipRow]:
    light, _, density = regime.split("-")
    return [
        row
        for row in rows
        if row.regime.split("-")[0] == light and row.regime.split("-")[2] == density
    ]


def _crossings(rows: Rows) -> int:
    clips = {row.clip: row for row in rows}
    return sum(off_and_true([row])[1] for row in clips.values())


def _by_rate(rows: Rows) -> list[CountError]:
    return [_error([r for r in rows if r.fps == fps], fps) for fps in sorted({r.fps for r in rows})]


def _error(rows: Rows, fps: float) -> CountError:
    """Of clips at one rate; drawn by camera, and by clip where there is one camera only."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    cameras = {row.camera for row in rows}
    for row in rows:
        off, true = off_and_true([row])
        unit = sums[row.camera if len(cameras) > 1 else row.clip]
        unit[0] += off
        unit[1] += true
    units = np.array(list(sums.values()), float)
    drawn = np.random.default_rng(SEED).integers(0, len(units), (DRAWS, len(units)))
    totals = units[drawn].sum(axis=1)
    low, high = np.percentile(totals[:, 0] / np.maximum(totals[:, 1], 1.0), PERCENTILES)
    off, true = units.sum(axis=0)
    return CountError(
        fps=fps,
        error=round(float(off / max(true, 1.0)), 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
    )
