"""A parent in floating point for each runtime: exported once, kept beside its float graph."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.recipe.runtime_facts import REFERENCE_RUNTIME
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.variants.identity import exported_path, exported_sizes


def float_artifact(parent: Parent, runtime: str, sizes: Iterable[str]) -> Path:
    """The parent as a runtime opens it at these sizes, exported first where it is not yet.

    Raises:
        RecipeError: the tools of the runtime are not installed, or the parent is a finished graph.
        ExportError: it cannot be exported.
    """
    if runtime == REFERENCE_RUNTIME:
        return parent.graph
    record = exported_path(parent.folder, runtime)
    present = exported_sizes(record)
    missing = sorted(set(sizes) - present)
    if missing:
        _export(parent, runtime, record.parent, missing)
        write_atomically(record, [msgspec.json.encode(sorted(present.union(missing)))])
    return record.parent


def _export(parent: Parent, runtime: str, artifact: Path, sizes: list[str]) -> None:
    artifact.mkdir(parents=True, exist_ok=True)
    find_runtime(runtime).export(parent.network(), artifact, parent.tensors, sizes)
