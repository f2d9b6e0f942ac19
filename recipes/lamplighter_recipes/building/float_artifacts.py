"""A parent in floating point for each runtime: exported once, kept beside its float graph."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.runtimes import LITERT

from lamplighter_recipes.building.parents import Parent, put_models
from lamplighter_recipes.recipe.own_model import litert_file, own_model
from lamplighter_recipes.runtimes.runtime import ConvertsGraphs, find_runtime
from lamplighter_recipes.variants.identity import exported_path, exported_sizes

ARTIFACT = "float"  # a file or a folder, as the runtime has it
SIZE_IN_NAME = re.compile(r"-(\d+x\d+)\.\w+$")  # of runtimes whose graphs have fixed shapes
DIGEST_DIGITS = 12


def float_artifact(parent: Parent, runtime: str, sizes: Iterable[str]) -> Path:
    """The parent as a runtime opens it at these sizes, exported first where it is not yet.

    Where each size has files of its own, those of other sizes are left out.

    Raises:
        RecipeError: the tools of the runtime are not installed, or the parent is a finished graph.
        ExportError: it cannot be exported.
    """
    sizes = set(sizes)
    if runtime == parent.runtime:
        return _only(parent.graph, sizes)
    record = exported_path(parent.folder, runtime)
    artifact = record.with_name(ARTIFACT)
    for size in sorted(sizes - exported_sizes(record)):  # one by one: each takes seconds
        _export(parent, runtime, artifact, [size])
        present = exported_sizes(record) | {size}
        write_atomically(record, [msgspec.json.encode(sorted(present))])
    return _only(artifact, sizes)


def has_files_for_sizes(artifact: Path) -> bool:
    """Whether an artifact is a folder with files for each size."""
    return artifact.is_dir() and any(SIZE_IN_NAME.search(path.name) for path in artifact.iterdir())


def _only(artifact: Path, sizes: Collection[str]) -> Path:
    """The artifact, or a folder beside it with the files of these sizes alone."""
    if not has_files_for_sizes(artifact):
        return artifact
    digest = hashlib.sha256(" ".join(sorted(sizes)).encode()).hexdigest()[:DIGEST_DIGITS]
    target = artifact.with_name(f"{artifact.name}-{digest}")
    if target.exists():
        return target
    partial = Path(tempfile.mkdtemp(dir=artifact.parent))
    for path in artifact.iterdir():
        named = SIZE_IN_NAME.search(path.name)
        if named and named[1] in sizes:
            os.link(path, partial / path.name)
    try:
        partial.rename(target)
    except OSError:  # another build was first
        shutil.rmtree(partial)
        if not target.exists():
            raise
    return target


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
        workshop.export(parent.network(runtime), artifact, parent.tensors, sizes)
