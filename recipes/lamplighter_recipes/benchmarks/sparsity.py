"""What zeros in a parent's weights save: bytes on the wire, and no time.

The masks are put on at once and nothing is trained after: the accuracy is the least there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lamplighter_wire.blobs import compress, pack
from lamplighter_wire.rules.sizes import MAIN_SIZE
from torch import nn

from lamplighter_recipes.benchmarks.timing import cpu_ms
from lamplighter_recipes.building.build import compress_parent, compression_context
from lamplighter_recipes.building.parent_results import frame_results
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.techniques.sparsity.masks import (
    Masks,
    apply_masks,
    density,
    magnitude_masks,
)
from lamplighter_recipes.techniques.sparsity.n_m_sparsity import n_m_masks
from lamplighter_recipes.techniques.sparsity.sparse_training import counts_of
from lamplighter_recipes.variants.identity import Materials

MaskMaker = Callable[[nn.Module], Masks]
FORMS: dict[str, MaskMaker] = {
    "dense": lambda _: {},
    "2:4": lambda network: n_m_masks(network, 2, 4),
    "half of the weights": lambda network: _by_magnitude(network, 0.5),
    "three in ten": lambda network: _by_magnitude(network, 0.3),
    "one in five": lambda network: _by_magnitude(network, 0.2),
}


@dataclass(frozen=True)
class SparsityRow:
    """One form of a parent, built by a recipe. `cpu_ms`: processor time of a frame, the median."""

    form: str
    recipe: str
    density: float
    size_bytes: int
    wire_bytes: int
    cpu_ms: float
    ap50: float


def bench_sparsity(
    recipes: Mapping[str, Recipe],
    folders: Materials,
    out: Path,
    *,
    frames: int,
    rounds: int,
    forms: Mapping[str, MaskMaker] = FORMS,
) -> list[SparsityRow]:
    """Build each form by each recipe, and measure them in turn.

    Raises:
        RecipeError: weights, recipes or frames cannot be used.
    """
    rows: dict[tuple[str, str], SparsityRow] = {}
    infers: dict[tuple[str, str], Infer] = {}
    for form, make in forms.items():
        for recipe in recipes.values():
            key = (form, recipe.name)
            rows[key], infers[key] = _built(form, make, recipe, folders, out, frames)
    times = cpu_ms(infers, rounds)
    return [replace(row, cpu_ms=times[key]) for key, row in rows.items()]


def table(rows: list[SparsityRow]) -> str:
    """As Markdown."""
    head = "| weights that stay | recipe | size MB | wire MB | CPU ms | AP50, not trained after |"
    lines = [
        f"| {row.form} ({row.density:.0%}) | {row.recipe} | {row.size_bytes / 1e6:.2f} |"
        f" {row.wire_bytes / 1e6:.2f} | {row.cpu_ms:.1f} | {row.ap50:.3f} |"
        for row in rows
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *lines, ""])


def _by_magnitude(network: nn.Module, share: float) -> Masks:
    return magnitude_masks(network, counts_of(network, share, "erk"))


def _built(
    form: str, make: MaskMaker, recipe: Recipe, folders: Materials, out: Path, frames: int
) -> tuple[SparsityRow, Infer]:
    """A row without its time, and what runs."""
    family = find_family(recipe.family)
    network = family.load(recipe.parent, folders.weights_dir)
    masks = make(network)
    apply_masks(network, masks)
    place = out / form.replace(" ", "-").replace(":", "-")
    place.mkdir(parents=True, exist_ok=True)
    family.save(network, recipe.parent, place, {})
    context = compression_context(recipe, replace(folders, weights_dir=place), "x86_64")
    artifact = compress_parent(recipe, context, place)
    runtime, evaluator = find_runtime(recipe.runtime), context.parent.evaluator
    chunks = pack(runtime.take_apart(artifact)).chunks.values()
    infer = runtime.open(artifact, context.parent.tensors)
    chosen = evaluator.load_frames(folders.evaluation_dir).spread(frames)
    row = SparsityRow(
        form,
        recipe.name,
        density(masks),
        sum(len(chunk) for chunk in chunks),
        sum(len(compress(chunk)) for chunk in chunks),
        0.0,
        evaluator.quality(frame_results(evaluator, infer, chosen, MAIN_SIZE)),
    )
    return row, infer
