"""What a parent for one site gains: cameras that no training saw, from pictures to a table.

Each camera's pictures are drawn from one stretch of time and judged on a later one. The site's
parent learns from the first without labels; the table is on the labels of the second.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from lamplighter_recipes.building.build import compress_parent, compression_context
from lamplighter_recipes.building.parent_results import frame_results
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.sites.specialise_site import SiteRequest, specialise_site
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.variants.identity import Materials
from lamplighter_recipes.variants.site_parents import recipes_for
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, parse_size
from numpy.typing import NDArray

from lamplighter_demo.benchmarks.sites.site_pictures import (
    JUDGED,
    PICTURES,
    SITE_CAMERAS,
    draw_site,
)
from lamplighter_demo.benchmarks.sites.site_table import ROW, CameraRow, Costs, table_of

Report = Callable[[str], None]
ROUNDS = 15
TABLE = "sites.md"


@dataclass(frozen=True)
class SiteBench:
    """Two networks as recipes, small and large; the folders."""

    small: Recipe
    large: Recipe
    materials: Materials
    traces: Path
    out: Path
    report: Report


def bench_sites(bench: SiteBench, cameras: Sequence[str] = tuple(SITE_CAMERAS)) -> Path:
    """Measure camera by camera; what an interrupted run has measured is kept. Returns the table."""
    rows = []
    for name in cameras:
        path = bench.out / name / ROW
        if not path.exists():
            bench.report(f"{name}: draw, specialise, measure")
            path.write_bytes(msgspec.json.encode(_measure_camera(bench, name)))
        rows.append(msgspec.json.decode(path.read_bytes(), type=CameraRow))
    (bench.out / TABLE).write_text(table_of(rows, _costs(bench)))
    return bench.out / TABLE


def _measure_camera(bench: SiteBench, name: str) -> CameraRow:
    folder = bench.out / name
    draw_site(SITE_CAMERAS[name], bench.traces, folder, bench.report)
    request = SiteRequest(
        site=name,
        base=bench.small.parent,
        teacher=bench.large.parent,
        pictures=folder / PICTURES,
        replay=bench.materials.calibration_dir,
    )

    def progress(share: float, stage: str) -> None:
        bench.report(f"{share:4.0%} {stage}")

    began_s = time.process_time()
    result = specialise_site(request, bench.materials, folder / "parent", progress)
    spent_s = time.process_time() - began_s
    site = recipes_for(result, [bench.small])[0]
    site_materials = replace(bench.materials, weights_dir=folder / "parent")
    return CameraRow(
        camera=name,
        large=_accuracy(bench.large, bench.materials, folder),
        small=_accuracy(bench.small, bench.materials, folder),
        specialised=_accuracy(site, site_materials, folder),
        agreement=(result.agreement.before, result.agreement.after),
        elsewhere=(result.elsewhere.before, result.elsewhere.after),
        pictures=result.pictures,
        cpu_s=round(spent_s, 1),
        kept=result.kept,
        blend=result.blend,
    )


def _accuracy(recipe: Recipe, materials: Materials, folder: Path) -> dict[str, float]:
    """The recipe's variant on the pictures that come later, by size."""
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    frames = parent.evaluator.load_frames(folder / JUDGED)
    infer = _variant(recipe, materials, folder)
    return {
        size: round(
            parent.evaluator.quality(frame_results(parent.evaluator, infer, frames, size)), 4
        )
        for size in DEFAULT_SIZES
    }


def _variant(recipe: Recipe, materials: Materials, folder: Path) -> Infer:
    context = compression_context(recipe, materials, "")
    out_dir = folder / recipe.parent
    out_dir.mkdir(parents=True, exist_ok=True)
    artifact = compress_parent(recipe, context, out_dir)
    return find_runtime(recipe.runtime).open(artifact, context.parent.tensors)


def _costs(bench: SiteBench) -> Costs:
    """Processor milliseconds of one picture, both networks in turns; the median of rounds."""
    infers = [_variant(r, bench.materials, bench.out) for r in (bench.small, bench.large)]
    small, large = {}, {}
    for size in DEFAULT_SIZES:
        width, height = parse_size(size)
        picture = np.zeros((1, height, width, 3), np.uint8)
        times = [[_timed_ms(infer, picture) for infer in infers] for _ in range(ROUNDS)]
        small[size], large[size] = (round(float(v), 2) for v in np.median(times, axis=0))
    return Costs(small=small, large=large)


def _timed_ms(infer: Infer, picture: NDArray[np.uint8]) -> float:
    began_s = time.process_time()
    infer(picture)
    return 1e3 * (time.process_time() - began_s)
