"""Artifacts with files for each size hold those of the recipe, whatever was exported before."""

from pathlib import Path

import pytest

pytest.importorskip("litert_torch")
from lamplighter_recipes.building.build import compress_parent, compression_context
from lamplighter_recipes.building.float_artifacts import float_artifact
from lamplighter_recipes.recipe.loader import load_recipe
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.litert.flatbuffer import sizes_of, take_apart
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import artifact_sha256

pytestmark = pytest.mark.torch
STEPS = "".join(
    f'[[specialise]]\ntechnique = "{name}"\n' for name in ("cluster_litert", "quantize_litert")
)


def _recipe(folder: Path) -> Recipe:
    """Of a size that is none of the family's."""
    path = folder / "small.toml"
    head = 'name = "small"\nparent = "nanodet-full"\nruntime = "litert"\nsizes = ["96x64"]\n'
    path.write_text(head + STEPS)
    return load_recipe(path)


def _sha256(recipe: Recipe, folders: Materials, out_dir: Path) -> str:
    out_dir.mkdir(exist_ok=True)
    artifact = compress_parent(recipe, compression_context(recipe, folders, "x86_64"), out_dir)
    assert sizes_of(artifact) == recipe.sizes
    return artifact_sha256(take_apart(artifact))


def test_a_variant_does_not_depend_on_what_was_exported_before_it(
    folders: Materials, tmp_path: Path
) -> None:
    recipe = _recipe(tmp_path)
    first = _sha256(recipe, folders, tmp_path / "first")
    parent = compression_context(recipe, folders, "x86_64").parent
    larger = float_artifact(parent, "litert", ["96x64", "64x64"])
    assert sizes_of(larger) == ["64x64", "96x64"]
    assert sizes_of(float_artifact(parent, "litert", ["96x64"])) == ["96x64"]
    assert _sha256(recipe, folders, tmp_path / "second") == first
    last = tmp_path / "first" / "small-1.tflite"
    (last / "model-64x64.tflite").write_bytes(b"of an earlier recipe")
    assert _sha256(recipe, folders, tmp_path / "first") == first
