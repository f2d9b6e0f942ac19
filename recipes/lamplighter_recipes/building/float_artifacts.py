"""A parent in floating point for each runtime: exported once, kept beside its float graph."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.runtimes import LITERT

from lamplighter_recipes.building.parents import Parent, put_models
from lamplighter_recipes.recipe.own_model import litert_file, own_model
from lamplighter_recipes.runtimes.runtime import ConvertsGraphs, find_runtime
from lamplighter_recipes.variants.identity import exported_path, exported_sizes

ARTIFACT = "float"  # a file or a folder, as the runtime has it


def float_artifact(parent: Parent, runtime: str, sizes: Iterable[str]) -> Path:
    """The parent as a runtime opens it at these sizes, exported first where it is not yet.

    Raises:
        RecipeError: the tools of the runtime are not installed, or the parent is a finished graph.
        ExportError: it cannot be exported.
    """
    if runtime == parent.runtime:
        return parent.graph
    record = exported_path(parent.folder, runtime)
    artifact = record.with_name(ARTIFACT)
    for size in sorted(set(sizes) - exported_sizes(record)):  # one by one: each takes seconds
        _export(parent, runtime, artifact, [size])
        present = exported_sizes(record) | {size}
        write_atomically(record, [msgspec.json.encode(sorted(present))])
    return artifact


def _export(parent: Parent, runtime: str, artifact: Path, sizes: list[str]) -> None:
    artifact.parent.mkdir(parents=True, exist_ok=True)
    own = own_model(parent.name, parent.weights_dir) if runtime == LITERT else None
    if own is not None and litert_file(own.name, sizes[0], parent.weights_dir).exists():
        put_models(own, parent.weights_dir, artifact)  # it was exported when it was added
        return
    workshop = find_runtime(runtime)
    if isinstance(workshop, ConvertsGraphs):
        workshop.convert(parent.graph, artifact, parent.tensors, sizes)
    else:
        workshop.export(parent.network(), artifact, parent.tensors, sizes)
