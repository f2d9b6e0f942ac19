"""Recipe files: the catalogue is sound, and each mistake is named with file, key and remedy."""

import subprocess
import sys
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import CATALOG_DIR, check_recipe, load_catalogue, load_recipe
from lamplighter_recipes.recipe.runtime_facts import RUNTIMES, runtime_facts
from lamplighter_recipes.recipe.technique_registry import facts_of, technique_names
from lamplighter_recipes.variants.identity import activations_of, parent_version, variant_id
from lamplighter_wire.rules.sizes import DEFAULT_SIZES

GOOD = """
name = "mine"
parent = "nanodet-full"
precision = "int8"
[[specialise]]
technique = "quantize"
"""


def _write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_catalogue_has_the_four_first_recipes_at_three_sizes_or_more() -> None:
    catalogue = load_catalogue()
    assert {"fp32-full", "int8-full", "p50", "int8-p50"} <= set(catalogue)
    assert all(set(DEFAULT_SIZES) <= set(recipe.sizes) for recipe in catalogue.values())
    assert all(recipe.title and recipe.hardware for recipe in catalogue.values())


def test_listing_recipes_needs_no_torch_and_no_onnx() -> None:
    code = (
        "import sys; from lamplighter_recipes.recipe.loader import load_catalogue;"
        "load_catalogue();"
        "sys.exit(bool({'torch', 'onnx', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_recipes_of_an_own_folder_join_the_catalogue(tmp_path: Path) -> None:
    _write(tmp_path, GOOD)
    assert load_catalogue(tmp_path)["mine"].precision == "int8"


@pytest.mark.parametrize(
    ("steps", "precision"),
    [
        ("", "fp32"),
        ('[[specialise]]\ntechnique = "quantize"\n', "int8"),
        ('[[specialise]]\ntechnique = "half_precision"\n', "fp16"),
        ('[[prepare]]\ntechnique = "prune"\n', "fp32"),
    ],
)
def test_the_precision_follows_from_the_steps(tmp_path: Path, steps: str, precision: str) -> None:
    text = f'name = "mine"\nparent = "nanodet-full"\n{steps}'
    assert load_recipe(_write(tmp_path, text)).precision == precision
    agreeing = _write(tmp_path, f'precision = "{precision}"\n{text}')
    assert load_recipe(agreeing).precision == precision, "as recipes used to say it"


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        (GOOD.replace('"mine"', '"Mine"'), "name", "a-z"),
        (GOOD.replace('"mine"', '"other"'), "name", "other.toml"),
        (GOOD.replace('parent = "nanodet-full"', ""), "parent", "recipe-fields"),
        ("paren = 1\n" + GOOD, "paren", "recipe-fields"),
        ("needs = 3\n" + GOOD, "needs", "recipe-fields"),
        ('sizes = ["384x290"]\n' + GOOD, "sizes[0]", "384x288"),
        ("sizes = []\n" + GOOD, "sizes", "one size"),
        ('runtime = "abacus"\n' + GOOD, "runtime", "onnxruntime"),
        (GOOD.replace('"int8"', '"fp32"'), "precision", "leave it out"),
        (GOOD.replace('"int8"', '"int3"'), "precision", "recipe-fields"),
        (GOOD.replace('"quantize"', '"squeeze"'), "specialise[0].technique", "quantize"),
        (GOOD.replace("technique = ", "calibration = "), "specialise[0].technique", "quantize"),
        (GOOD.replace("[[specialise]]", "[specialise]"), "specialise", "[[specialise]]"),
        ("name = ", "", "line"),
    ],
)
def test_a_broken_file_is_named_with_key_and_remedy(
    tmp_path: Path, text: str, key: str, remedy: str
) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert caught.value.file == str(path)
    assert caught.value.key == key
    assert remedy in caught.value.remedy
    assert str(path) in str(caught.value)
    assert caught.value.remedy in str(caught.value)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('activations = "u4"', "activations"),
        ("depth = 3", "depth"),
        ("calibration = 1", "calibration"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path: Path, line: str, key: str) -> None:
    path = _write(tmp_path, GOOD + line + "\n")
    with pytest.raises(RecipeError) as caught:
        check_recipe(load_recipe(path), str(path))
    assert caught.value.key == f"specialise[0].{key}"
    assert caught.value.file == str(path)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("technique", "line", "key"),
    [
        ("finetune", "minutes = 0", "minutes"),
        ("distill", "batch = 0", "batch"),
        ("distill", "temperature = 0.0", "temperature"),
        ("distill", 'teachers = [{parent = "a", light = "dusk"}]', "teachers.light"),
        ("distill", 'teachers = [{parent = "a", light = "day"}]', "weighting"),
        ("prune", "ratio = 1.0", "ratio"),
        ("prune", "round_to = 0", "round_to"),
        ("prune_latency", "latency = 0.0", "latency"),
        ("prune_latency", 'size = "384x290"', "size"),
        ("prune_latency", 'size = "large"', "size"),
        ("prune_latency", "batches = 0", "batches"),
        ("prune_blocks", "blocks = 0", "blocks"),
        ("magnitude_sparsity", "density = 0.0", "density"),
        ("magnitude_sparsity", "begin = 0.8", "end"),
        ("rigl_sparsity", "fraction = 1.5", "fraction"),
        ("set_sparsity", "every = 0", "every"),
        ("n_m_sparsity", "n = 4", "n"),
        ("cluster_finetune", "entries = 0", "entries"),
        ("quantize_aware", "bits = 1", "bits"),
        ("relu_twin", "pictures = 0", "pictures"),
        ("cluster", "entries = 300", "entries"),
        ("equalize", "rounds = 0", "rounds"),
        ("quantize_mixed", "frames = 0", "frames"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_before_anything_runs(
    tmp_path: Path, technique: str, line: str, key: str
) -> None:
    stage = facts_of(technique).stage
    text = f'name = "mine"\nparent = "p"\n[[{stage}]]\ntechnique = "{technique}"\n{line}\n'
    path = _write(tmp_path, text)
    with pytest.raises(RecipeError) as caught:
        check_recipe(load_recipe(path), str(path))
    assert caught.value.key == f"{stage}[0].{key}"
    assert caught.value.remedy


def test_a_step_that_cannot_take_what_it_gets_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, 'runtime = "litert"\n' + GOOD)
    with pytest.raises(RecipeError, match="takes 'onnx', here it would get 'tflite'") as caught:
        load_recipe(path)
    assert caught.value.key == "specialise[0].technique"


def test_a_step_in_the_wrong_stage_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD + '[[prepare]]\ntechnique = "quantize"\n')
    with pytest.raises(RecipeError, match="belongs to the stage 'specialise'"):
        check_recipe(load_recipe(path), str(path))


def test_a_repeated_name_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    text = (CATALOG_DIR / "int8-full.toml").read_text()
    _write(tmp_path, text, "int8-full.toml")
    with pytest.raises(RecipeError, match="taken"):
        load_catalogue(tmp_path)
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path / "absent.toml")


@pytest.mark.parametrize("name", technique_names())
def test_every_technique_says_what_it_yields_and_wants(name: str) -> None:
    facts = facts_of(name)
    assert facts.summary.endswith(".") and facts.wants.hardware.endswith(".")
    kinds = {runtime_facts(runtime).artifact for runtime in RUNTIMES.names()}
    assert facts.takes in (kinds if facts.stage == "specialise" else {"detector"})


def test_a_variant_is_named_by_recipe_weights_and_machine(tmp_path: Path) -> None:
    (tmp_path / "nanodet-full.safetensors").write_bytes(b"weights")
    version = parent_version("nanodet-full", tmp_path)
    recipe = load_catalogue()["int8-full"]
    assert activations_of(recipe, "x86_64") == "u8"
    assert variant_id(recipe, version, "x86_64") == f"int8-full-{version[:6]}"
    assert variant_id(recipe, version, "aarch64") == f"int8-full-{version[:6]}-s8"
    with pytest.raises(RecipeError, match="no weights") as caught:
        parent_version("nanodet-huge", tmp_path)
    assert "nanodet-full" in caught.value.remedy
