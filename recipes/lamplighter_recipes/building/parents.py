"""Prepared parents: weights of a family or a finished graph, and what is derived from them.

Of each parent the float graph and its work are cached under the hash of its weights, so that a
further variant of the same parent needs no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import onnx
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.litert_files import model_file
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.model_family import (
    ExportsOtherwise,
    ModelFamily,
    family_of_parent,
)
from lamplighter_recipes.recipe.model_families import FamilyFacts
from lamplighter_recipes.recipe.own_model import (
    GRAPH,
    OWN_FAMILY,
    OwnModel,
    facts_of_parent,
    litert_file,
    own_model,
)
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY
from lamplighter_recipes.runtimes.onnxruntime.graph import count_work
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.evaluator import Evaluator
from lamplighter_recipes.variants.figures import ParentFacts, Work
from lamplighter_recipes.variants.identity import (
    FACTS,
    WEIGHTS,
    facts_path,
    parent_path,
    parent_version,
)

if TYPE_CHECKING:
    import torch

FLOAT_MODELS = "float-models"  # of a user's own model for LiteRT: a folder


@dataclass(frozen=True)
class Parent:
    """A parent whose float graph lies in `graph`, as `runtime` opens it.

    `kind`: what is known of its family, or of itself if it is a user's own model.
    """

    name: str
    version: str
    graph: Path
    facts: ParentFacts
    weights_dir: Path
    family: ModelFamily
    kind: FamilyFacts
    runtime: str = BASE_RUNTIME

    @property
    def evaluator(self) -> Evaluator:
        """Of its family's task."""
        return self.family.evaluator

    @property
    def tensors(self) -> TensorNames:
        """What its task calls input and outputs."""
        return self.evaluator.task.tensors

    @property
    def folder(self) -> Path:
        """Where things derived from this parent are kept."""
        return self.graph.parent

    @property
    def has_network(self) -> bool:
        """Whether it is more than a finished graph."""
        return parent_path(self.name, self.weights_dir).suffix == WEIGHTS

    def network(self, runtime: str) -> "torch.nn.Module":
        """With its weights, as a runtime gets it, to be exported on one thread.

        Raises:
            RecipeError: it is a finished graph, or its weights are damaged.
        """
        return _network(self.family, self.name, self.weights_dir, runtime)


def main_size(kind: FamilyFacts, sizes: Sequence[str]) -> str:
    """Where one of these sizes must stand for all: a recipe may leave the family's out."""
    return kind.main_size if kind.main_size in sizes else sizes[0]


def prepared(name: str, weights_dir: Path, cache_dir: Path, family: str = DEFAULT_FAMILY) -> Parent:
    """The parent with its float graph, exported first when the cache lacks it.

    Raises:
        RecipeError: when the weights are missing or damaged, or there is no such family.
        ExportError: when they cannot be exported.
    """
    version = parent_version(name, weights_dir)
    facts = facts_path(name, version, cache_dir)
    code, kind = (
        family_of_parent(family, name, weights_dir),
        facts_of_parent(family, name, weights_dir),
    )
    own = own_model(name, weights_dir) if family == OWN_FAMILY else None
    if own is not None and own.runtime == LITERT:
        graph = facts.with_name(FLOAT_MODELS)
        if not facts.exists():
            put_models(own, weights_dir, graph)
            work = {size: _litert_work(graph, size) for size in own.sizes}
            _write(facts, ParentFacts(work, task=own.task, decoder=own.decoder))
    else:
        graph = facts.with_name("float.onnx")
        if not facts.exists():
            facts.parent.mkdir(parents=True, exist_ok=True)
            _write_graph(code, name, weights_dir, graph, kind.sizes)
            model = onnx.load(graph)
            work = {size: count_work(model, size) for size in kind.sizes}
            task = own.task if own is not None else ""
            _write(facts, ParentFacts(work, task=task, decoder=kind.decoder))
    known = msgspec.json.decode(facts.read_bytes(), type=ParentFacts)
    runtime = own.runtime if own is not None else BASE_RUNTIME
    return Parent(name, version, graph, known, weights_dir, code, kind, runtime)


def put_models(model: OwnModel, weights_dir: Path, artifact: Path) -> None:
    """A user's own model as LiteRT opens it: its file for each size, in one folder."""
    artifact.mkdir(parents=True, exist_ok=True)
    for size in model.sizes:
        data = litert_file(model.name, size, weights_dir).read_bytes()
        write_atomically(artifact / model_file(size), [data])


def _litert_work(artifact: Path, size: str) -> Work:
    from lamplighter_recipes.runtimes.litert.flatbuffer import file_of, read_model
    from lamplighter_recipes.runtimes.litert.work import count_work as count_operators

    return count_operators(read_model(file_of(artifact, size)))


def write_facts(parent: Parent, facts: ParentFacts) -> None:
    """Keep what more is known of a parent."""
    _write(parent.folder / FACTS, facts)


def _write(path: Path, facts: ParentFacts) -> None:
    write_atomically(path, [msgspec.json.encode(facts)])


def _write_graph(
    family: ModelFamily, name: str, weights_dir: Path, graph: Path, sizes: Sequence[str]
) -> None:
    """The parent's float graph, as a whole or not at all."""
    partial, source = graph.with_suffix(".part.onnx"), parent_path(name, weights_dir)
    tensors = family.evaluator.task.tensors
    if source.suffix == GRAPH:
        from lamplighter_recipes.runtimes.onnxruntime.export import simplified

        _check_tensors(source, tensors)
        onnx.save(simplified(onnx.load(source)), partial)
    else:
        network = _network(family, name, weights_dir, BASE_RUNTIME)
        find_runtime(BASE_RUNTIME).export(network, partial, tensors, sizes)
    partial.replace(graph)


def _network(family: ModelFamily, name: str, weights_dir: Path, runtime: str) -> "torch.nn.Module":
    source = parent_path(name, weights_dir)
    if source.suffix == GRAPH:
        raise RecipeError(
            "a finished graph has no network to export",
            file=str(source),
            remedy=f"use it with {BASE_RUNTIME}, or write a family that loads its weights",
        )
    import torch

    torch.set_num_threads(1)
    network = family.load(name, weights_dir)
    if isinstance(family, ExportsOtherwise):
        channels_last = runtime_facts(runtime).channels_last
        return family.exported(network, channels_last=channels_last)
    return network


def _check_tensors(path: Path, tensors: TensorNames) -> None:
    graph = onnx.load(path, load_external_data=False).graph
    names = {value.name for value in [*graph.input, *graph.output]}
    missing = sorted({tensors.input, *tensors.outputs} - names)
    if missing:
        raise RecipeError(
            f"the graph lacks {', '.join(missing)}",
            file=str(path),
            remedy="name its input and outputs as the task does",
        )
