"""What a technique tries, beside another network; and that a choice is kept."""

import json
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.building.build import compress_parent, compression_context
from lamplighter_recipes.building.kept_choices import CHOICES_FILE, kept_choice, processor
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.recipe.schema import Step
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import quantized

pytestmark = pytest.mark.torch


def test_a_network_is_like_itself_and_less_like_its_eight_bit_form(
    folders: Materials, tmp_path: Path
) -> None:
    context = compression_context(load_catalogue()["int8-full"], folders, "x86_64")
    coarse = quantized(context.artifact, folders, tmp_path / "q.onnx")
    assert context.likeness(context.artifact, context.artifact, 2) == (1.0, 0.0)
    agreement, error = context.likeness(coarse, context.artifact, 2)
    assert 0 <= agreement <= 1
    assert 0 < error < 0.5
    assert 0.2 < context.time_ratio(context.artifact, context.artifact) < 5


def test_a_choice_is_kept_by_its_key(tmp_path: Path) -> None:
    asked = []

    def choose() -> list[str]:
        asked.append(1)
        return ["Conv_3"]

    for key in ("a", "a", "b"):
        assert kept_choice(tmp_path, key, choose) == ["Conv_3"]
    assert len(asked) == 2
    assert set(json.loads((tmp_path / CHOICES_FILE).read_text())) == {"a", "b"}


def test_processors_are_told_apart_by_model_and_instruction_sets(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("plain", "same", "other")]
    for path, flags, mhz in zip(
        paths, ("avx2", "avx2", "avx2 vnni"), (2000, 2100, 2000), strict=True
    ):
        path.write_text(f"model name\t: One\ncpu MHz\t: {mhz}\nflags\t\t: {flags}\n" * 2)
    plain, same, other = map(processor, paths)
    assert plain == same != other
    assert processor(tmp_path / "absent"), "the machine at least"


def test_steps_follow_one_another_and_a_second_build_gives_the_same_bytes(
    folders: Materials, tmp_path: Path
) -> None:
    steps = [
        Step(technique="equalize"),
        Step(technique="quantize_mixed", params={"frames": 2, "agreement": 0.0, "method": "mse"}),
    ]
    recipe = msgspec.structs.replace(load_catalogue()["int8-full"], specialise=steps)
    context = compression_context(recipe, folders, "x86_64")
    targets = [tmp_path / "a", tmp_path / "b"]
    for folder in targets:
        folder.mkdir()
    first, second = (compress_parent(recipe, context, folder) for folder in targets)
    assert first.read_bytes() == second.read_bytes()
    choices = json.loads((context.parent.folder / CHOICES_FILE).read_text())
    assert len(choices) == 1
    open_infer(first, TENSORS)
