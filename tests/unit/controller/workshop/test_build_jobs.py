"""Which files the jobs of the workshop name."""

from pathlib import Path

from lamplighter_controller.workshop.build_jobs import evaluate_job, prepare_job
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials


def _materials(root: Path) -> Materials:
    folders = Materials(*(root / name for name in ("weights", "cal", "eval", "gold", "cache")))
    folders.weights_dir.mkdir()
    for parent in ("full", "half"):
        (folders.weights_dir / f"{parent}.safetensors").write_bytes(parent.encode())
    return folders


def test_a_job_reads_its_own_parents_only(tmp_path: Path) -> None:
    materials = _materials(tmp_path)
    job = evaluate_job(materials, VariantCard(id="full-int8", parent="full"))
    assert job.materials == materials.names()
    assert job.reads["weights_dir"] == ["full.*"]
    of_parent, of_variant = job.reads["cache_dir"]
    assert of_parent.startswith("parents/full-")
    assert of_variant == "variants/full-int8/**/*"
    assert job.background


def test_what_a_parent_is_exported_to_comes_back(tmp_path: Path) -> None:
    job = prepare_job(_materials(tmp_path), [("full", "nanodet"), ("half", "nanodet")])
    assert [pattern.split("-")[0] for pattern in job.writes] == ["parents/full", "parents/half"]
    assert job.reads["weights_dir"] == ["full.*", "half.*"]
    assert not job.background
