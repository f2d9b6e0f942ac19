"""What the workshop's child process does. Imported only there: it needs onnx, rarely torch."""

import importlib
import logging
import shutil
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_recipes.benchmarks.extra_work import with_extra_work
from lamplighter_recipes.building.build import (
    Built,
    compression_context,
    make_ahead,
    specialise,
)
from lamplighter_recipes.building.evaluation import evaluate_variant, measure_parent
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, is_measured
from lamplighter_wire.artifacts.manifest import ChunkRef, GoldenFrame, Manifest
from lamplighter_wire.blobs import Packed, sha256_hex

from lamplighter_controller.workshop.executors.executor import Progress
from lamplighter_controller.workshop.jobs import BuildResult

log = logging.getLogger(__name__)

GOLDEN_MIN_F1 = 0.9


def prepare(
    progress: Progress,
    *,
    materials: dict[str, str],
    parents: list[list[str]],
    unmeasured: list[str],
) -> None:
    """Export these parents (name, family), once, and measure those of which nothing is known; and
    import what builds need, so that the first is not slower."""
    importlib.import_module("onnxruntime.quantization.qdq_quantizer")
    folders = Materials.from_names(materials)
    for number, (name, family) in enumerate(parents):
        progress(number / len(parents), f"prepare {name}")
        parent = prepared(name, folders.weights_dir, folders.cache_dir, family)
        if name in unmeasured:
            measure_parent(parent, folders.evaluation_dir)
    progress(1.0, "done")


def calibrate(progress: Progress, *, materials: dict[str, str], recipes: list[Any]) -> None:
    """Measure the activation ranges these recipes need, where they are not known, once; and make
    what takes long and is kept."""
    folders = Materials.from_names(materials)
    for number, data in enumerate(recipes):
        recipe = msgspec.convert(data, Recipe)
        progress(number / len(recipes), f"calibrate {recipe.parent} for {recipe.name}")
        make_ahead(recipe, compression_context(recipe, folders, ""))
    progress(1.0, "done")


def build(
    progress: Progress,
    *,
    materials: dict[str, str],
    recipe: Any,
    machine: str,
    known: Any,
    created_at: float,
) -> Any:
    """Build one variant; returns its card, its unsigned manifest and its chunks as BuildResult."""
    folders = Materials.from_names(materials)
    chosen = msgspec.convert(recipe, Recipe)
    figures = msgspec.convert(known, VariantCard) if known else None
    work = folders.cache_dir / "work" / f"{chosen.parent}-{chosen.name}-{machine}"
    built = specialise(chosen, folders, work, machine=machine, known=figures, progress=progress)
    _keep(built.artifact, artifact_path(folders.cache_dir, built.card))
    result = _result(built, created_at, folders.golden_dir)
    return msgspec.to_builtins(result, builtin_types=[bytes])


def _result(built: Built, created_at: float, golden_dir: Path) -> BuildResult:
    """A manifest whose parts are as they are, and one whose parts are packed, where any are."""
    golden, pictures = _golden(built.card, golden_dir)
    common = msgspec.structs.replace(
        msgspec.convert(built.card, Manifest, from_attributes=True),
        created_at=created_at,
        golden_min_f1=GOLDEN_MIN_F1,
        golden=golden,
    )
    is_packed = any(part.encoding for part in built.packed.parts)
    return BuildResult(
        card=built.card,
        manifest=_with_parts(common, built.plain, pictures),
        packed=_with_parts(common, built.packed, pictures) if is_packed else None,
        chunks=built.plain.chunks | built.packed.chunks | pictures,
    )


def _with_parts(manifest: Manifest, packed: Packed, pictures: dict[str, bytes]) -> Manifest:
    refs = [*packed.refs(), *(_ref(sha, raw) for sha, raw in pictures.items())]
    return msgspec.structs.replace(manifest, chunks=refs, parts=packed.parts)


def evaluate_fully(progress: Progress, *, materials: dict[str, str], card: Any) -> Any:
    """The card with accuracy on all evaluation frames, and with its extra work; what is known of
    them stays."""
    folders = Materials.from_names(materials)
    known = msgspec.convert(card, VariantCard)
    artifact = artifact_path(folders.cache_dir, known)
    progress(0.0, "evaluate")
    if not is_measured(known):
        known = evaluate_variant(known, artifact, folders)
    progress(0.8, "measure extra work")
    return msgspec.to_builtins(_with_work(known, artifact, folders))


def _with_work(card: VariantCard, artifact: Path, materials: Materials) -> VariantCard:
    """Without it a plan expects that of others: no reason to lose the accuracy."""
    try:
        return with_extra_work(card, artifact, materials)
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises here
        log.warning("the extra work of %s cannot be measured here: %s", card.id, error)
        return card


def artifact_path(cache_dir: Path, card: VariantCard) -> Path:
    """Where a built variant is kept for a later evaluation."""
    return cache_dir / "variants" / card.id / f"model.{runtime_facts(card.runtime).artifact}"


def _keep(artifact: Path, target: Path) -> None:
    """Copy a file, or a folder of files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if artifact.is_dir():
        shutil.copytree(artifact, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(artifact, target)


def _golden(card: VariantCard, folder: Path) -> tuple[list[GoldenFrame], dict[str, bytes]]:
    """Golden frames of the manifest, and their pictures by SHA-256."""
    frames, pictures = [], {}
    for answer in card.golden:
        picture = (folder / answer.image).read_bytes()
        sha = sha256_hex(picture)
        pictures[sha] = picture
        frames.append(
            GoldenFrame(image=sha, width=answer.width, height=answer.height, boxes=answer.boxes)
        )
    return frames, pictures


def _ref(sha: str, raw: bytes) -> ChunkRef:
    return ChunkRef(sha256=sha, size_bytes=len(raw))
