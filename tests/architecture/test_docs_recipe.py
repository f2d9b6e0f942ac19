"""The recipe and the technique of the how-to pages are real ones."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from lamplighter_recipes.recipe.loader import check_recipe, load_recipe
from lamplighter_recipes.recipe.technique_registry import facts_of, technique_names

PAGES = Path(__file__).resolve().parents[2] / "docs/how-to"


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)


def test_the_example_recipe_loads(tmp_path: Path) -> None:
    path = tmp_path / "int8-night.toml"
    path.write_text(_blocks("write-a-recipe.md", "toml")[0])
    recipe = load_recipe(path)
    check_recipe(recipe, str(path))
    assert (recipe.calibration, recipe.precision) == ("night", "int8")


@pytest.mark.parametrize("number", range(4))
def test_the_recipes_of_the_page_on_training_load(tmp_path: Path, number: int) -> None:
    text = _blocks("train.md", "toml")[number]
    path = tmp_path / f"{tomllib.loads(text)['name']}.toml"
    path.write_text(text)
    recipe = load_recipe(path)
    check_recipe(recipe, str(path))
    assert recipe.prepare
    assert recipe.precision == ("int8" if recipe.specialise else "fp32")


@pytest.fixture
def rounding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's distribution, installed; the folder of its recipe."""
    project, facts, recipe = _blocks("write-a-technique.md", "toml")
    (code,) = _blocks("write-a-technique.md", "python")
    source = tmp_path / "rounding" / "rounding"
    source.mkdir(parents=True)
    (source.parent / "pyproject.toml").write_text(project)
    (source / "__init__.py").touch()
    (source / "round.py").write_text(code)
    (source / "round.toml").write_text(facts)
    (tmp_path / "rounded.toml").write_text(recipe)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    site = tmp_path / "site"
    subprocess.run([*pip, "--target", str(site), str(source.parent)], check=True)
    monkeypatch.syspath_prepend(site)
    return tmp_path


def test_a_technique_of_another_distribution_is_one_like_ours(rounding: Path) -> None:
    assert "round" in technique_names()
    assert facts_of("round").saves == ["bytes"]
    assert "rounding.round" not in sys.modules, "facts are read without the code"
    path = rounding / "rounded.toml"
    recipe = load_recipe(path)
    check_recipe(recipe, str(path))
    assert recipe.precision == "fp32"


def test_the_example_technique_does_what_the_page_says(rounding: Path) -> None:
    onnx = pytest.importorskip("onnx")
    import numpy as np
    from lamplighter_recipes.recipe.technique_registry import configure
    from onnx import TensorProto, helper, numpy_helper

    weights = np.linspace(-3, 3, 4001, dtype=np.float32)
    node = helper.make_node("Add", ["x", "w"], ["y"])
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [4001]) for n in ("x", "y")]
    initial = [numpy_helper.from_array(weights, "w")]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], initial)
    onnx.save(helper.make_model(graph), rounding / "a.onnx")
    step = load_recipe(rounding / "rounded.toml").specialise[0]
    technique, config = configure(step, "specialise")
    technique.specialise(rounding / "a.onnx", rounding / "b.onnx", config, None)
    (tensor,) = onnx.load(rounding / "b.onnx").graph.initializer
    rounded = numpy_helper.to_array(tensor)
    assert len(set(rounded)) < 0.7 * len(set(weights))
    assert np.allclose(rounded, weights, rtol=2**-8)
