"""Prepared parents: the trained weights, and what is derived from them once and kept.

Of each parent the float graph and its work are cached under the hash of its weights, so that a
further variant of the same parent needs no torch.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import onnx
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import DEFAULT_SIZES
from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.recipe.runtime_facts import REFERENCE_RUNTIME
from lamplighter_recipes.runtimes.onnxruntime.graph import count_work
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.variants.figures import ParentFacts
from lamplighter_recipes.variants.identity import facts_path, parent_version


@dataclass(frozen=True)
class Parent:
    """A parent whose float graph lies in `graph`."""

    name: str
    version: str
    graph: Path
    facts: ParentFacts
    weights_dir: Path

    @property
    def folder(self) -> Path:
        """Where things derived from this parent are kept."""
        return self.graph.parent


def prepared(name: str, weights_dir: Path, cache_dir: Path) -> Parent:
    """The parent with its float graph, exported first when the cache lacks it.

    Raises:
        RecipeError: when the weights are missing or damaged.
        ExportError: when they cannot be exported.
    """
    version = parent_version(name, weights_dir)
    facts = facts_path(name, version, cache_dir)
    folder, graph = facts.parent, facts.with_name("float.onnx")
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _export(name, weights_dir, graph)
        _write_facts(graph, facts)
    return Parent(
        name, version, graph, msgspec.json.decode(facts.read_bytes(), type=ParentFacts), weights_dir
    )


def _export(name: str, weights_dir: Path, graph: Path) -> None:
    import torch

    from lamplighter_recipes.tasks.detection.weights import load_parent

    torch.set_num_threads(1)
    partial = graph.with_suffix(".part.onnx")
    network = load_parent(name, weights_dir)
    find_runtime(REFERENCE_RUNTIME).export(network, partial, TENSORS, DEFAULT_SIZES)
    partial.replace(graph)


def _write_facts(graph: Path, path: Path) -> None:
    model = onnx.load(graph)
    facts = ParentFacts({size: count_work(model, size) for size in DEFAULT_SIZES})
    write_atomically(path, [msgspec.json.encode(facts)])
