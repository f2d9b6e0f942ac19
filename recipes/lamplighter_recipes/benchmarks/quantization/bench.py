"""What each way to quantize a parent buys: accuracy, bytes and time, in one run."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.blobs import compress, pack
from lamplighter_wire.rules.sizes import MAIN_SIZE

from lamplighter_recipes.benchmarks.quantization.forms import FORMS, Form
from lamplighter_recipes.benchmarks.timing import cpu_ms
from lamplighter_recipes.building.build import compress_parent, compression_context
from lamplighter_recipes.building.parent_results import frame_results
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY, Recipe
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.variants.identity import Materials

MACHINE = "x86_64"


@dataclass(frozen=True)
class Row:
    """One form. `cpu_ms`: processor time of a frame; 0: not measured. `ap50`: one a seed."""

    name: str
    runtime: str
    wire_bytes: int
    ap50: tuple[float, ...]
    cpu_ms: float = 0.0


@dataclass(frozen=True)
class Setting:
    """What all forms share: the parent, the size and the frames that they are measured at."""

    folders: Materials
    parent: str
    family: str = DEFAULT_FAMILY
    size: str = MAIN_SIZE
    frames: int = 120


def bench_quantization(
    setting: Setting,
    rounds: int,
    progress: Callable[[str], None],
    forms: Sequence[Form] = FORMS,
) -> list[Row]:
    """Build each form whose runtime is here, and measure their times in turn.

    Raises:
        RecipeError: weights or frames cannot be used.
    """
    rows: dict[tuple[str, str], Row] = {}
    infers: dict[tuple[str, str], Infer] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, form in enumerate(forms):
            if not is_installed(form.runtime):
                continue
            progress(f"{form.runtime}: {form.name}")
            key = (form.runtime, form.name)
            rows[key], infers[key] = built(form, setting, Path(folder) / str(number))
        times: Mapping[tuple[str, str], float] = cpu_ms(infers, rounds, setting.size)
    return [replace(row, cpu_ms=times[key]) for key, row in rows.items()]


def built(form: Form, setting: Setting, out: Path) -> tuple[Row, Infer]:
    """A form of the parent, its time not measured yet."""
    folders = setting.folders
    if form.change is None:
        return measured(form, setting, out, folders)
    family = find_family(setting.family)
    network = form.change(family.load(setting.parent, folders.weights_dir))
    out.mkdir(parents=True, exist_ok=True)
    family.save(network, setting.parent, out, {})
    return measured(form, setting, out, replace(folders, weights_dir=out))


def measured(form: Form, setting: Setting, out: Path, folders: Materials) -> tuple[Row, Infer]:
    """A form of the parent that lies in `folders`."""
    out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        name="form",
        family=setting.family,
        parent=setting.parent,
        runtime=form.runtime,
        sizes=[setting.size],
        specialise=list(form.steps),
    )
    context = compression_context(recipe, folders, MACHINE)
    artifact = compress_parent(recipe, context, out)
    runtime, evaluator = find_runtime(form.runtime), context.parent.evaluator
    chunks = pack(runtime.take_apart(artifact), encode=smallest).chunks.values()
    infer = runtime.open(artifact, context.parent.tensors)
    frames = evaluator.load_frames(folders.evaluation_dir).spread(setting.frames)
    quality = float(evaluator.quality(frame_results(evaluator, infer, frames, setting.size)))
    wire_bytes = sum(len(compress(chunk)) for chunk in chunks)
    return Row(form.name, form.runtime, wire_bytes, (quality,)), infer
