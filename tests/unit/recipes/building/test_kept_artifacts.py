"""What takes long is made once, ahead of the builds that want it."""

import sys
import time
from pathlib import Path

import pytest
from lamplighter_recipes.building.build import carry_out, compression_context, make_ahead
from lamplighter_recipes.building.kept_artifacts import kept_artifact
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.recipe.schema import Recipe, Step
from lamplighter_recipes.variants.identity import Materials


def test_it_is_made_once_by_its_key_and_copied(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        (path / "model").write_text(str(len(made)))

    for number, key in enumerate(("a", "a", "b")):
        kept_artifact(tmp_path, key, tmp_path / f"target-{number}", make)
    assert len(made) == 2
    texts = [(tmp_path / f"target-{number}" / "model").read_text() for number in range(3)]
    assert texts == ["1", "1", "2"]
    (tmp_path / "target-0" / "model").write_text("spoiled")
    kept_artifact(tmp_path, "a", tmp_path / "again", make)
    assert (tmp_path / "again" / "model").read_text() == "1"


def test_what_fails_half_way_is_not_kept(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        (path / "half").touch()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept_artifact(tmp_path, "a", tmp_path / "target", fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.torch
@pytest.mark.skipif(not is_installed("openvino"), reason="OpenVINO's tools are not installed")
def test_a_build_of_what_was_made_ahead_loads_no_quantizer(
    folders: Materials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(
        name="tiny",
        parent="nanodet-p50",
        runtime="openvino",
        sizes=["96x64"],
        specialise=[Step(technique="quantize_openvino")],
    )
    context = compression_context(recipe, folders, "x86_64")
    make_ahead(recipe, context)
    monkeypatch.setitem(sys.modules, "nncf", None)  # importing it would fail
    began = time.process_time()
    step = carry_out(recipe, context, tmp_path)[-1]
    assert (step.artifact / "model.xml").exists()
    assert time.process_time() - began < 0.5
