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
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.model_family import ModelFamily, find_family
from lamplighter_recipes.recipe.model_families import FamilyFacts, facts_of_family
from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY
from lamplighter_recipes.runtimes.onnxruntime.graph import count_work
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.evaluator import Evaluator
from lamplighter_recipes.variants.figures import ParentFacts
from lamplighter_recipes.variants.identity import (
    FACTS,
    GRAPH,
    facts_path,
    parent_path,
    parent_version,
)

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Parent:
    """A parent whose float graph lies in `graph`. `kind`: what is known of its family."""

    name: str
    version: str
    graph: Path
    facts: ParentFacts
    weights_dir: Path
    family: ModelFamily
    kind: FamilyFacts

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

    def network(self) -> "torch.nn.Module":
        """With its weights, as served, to be exported on one thread.

        Raises:
            RecipeError: it is a finished graph, or its weights are damaged.
        """
        return _network(self.family, self.name, self.weights_dir)


def main_size(family: str, sizes: Sequence[str]) -> str:
    """Where one of these sizes must stand for all: a recipe may leave the family's out."""
    main = facts_of_family(family).main_size
    return main if main in sizes else sizes[0]


def prepared(name: str, weights_dir: Path, cache_dir: Path, family: str = DEFAULT_FAMILY) -> Parent:
    """The parent with its float graph, exported first when the cache lacks it.

    Raises:
        RecipeError: when the weights are missing or damaged, or there is no such family.
        ExportError: when they cannot be exported.
    """
    version = parent_version(name, weights_dir)
    facts = facts_path(name, version, cache_dir)
    folder, graph = facts.parent, facts.with_name("float.onnx")
    code, kind = find_family(family), facts_of_family(family)
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_graph(code, name, weights_dir, graph, kind.sizes)
        model = onnx.load(graph)
        _write(facts, ParentFacts({size: count_work(model, size) for size in kind.sizes}))
    known = msgspec.json.decode(facts.read_bytes(), type=ParentFacts)
    return Parent(name, version, graph, known, weights_dir, code, kind)


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
        network = _network(family, name, weights_dir)
        find_runtime(BASE_RUNTIME).export(network, partial, tensors, sizes)
    partial.replace(graph)


def _network(family: ModelFamily, name: str, weights_dir: Path) -> "torch.nn.Module":
    source = parent_path(name, weights_dir)
    if source.suffix == GRAPH:
        raise RecipeError(
            "a finished graph has no network to export",
            file=str(source),
            remedy=f"use it with {BASE_RUNTIME}, or write a family that loads its weights",
        )
    import torch

    torch.set_num_threads(1)
    return family.load(name, weights_dir)


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
