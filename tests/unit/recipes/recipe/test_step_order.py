"""Which step cannot follow which is said before anything runs, with why and the remedy."""

from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import load_recipe
from lamplighter_recipes.recipe.technique_registry import facts_of, technique_names

RUNTIMES = {"litert": "litert", "bfloat16": "openvino", "quantize_openvino": "openvino"}


def _load(folder: Path, prepare: list[str], specialise: list[str], runtime: str) -> None:
    steps = [("prepare", name) for name in prepare] + [("specialise", name) for name in specialise]
    text = "".join(f'[[{stage}]]\ntechnique = "{name}"\n' for stage, name in steps)
    path = folder / "mine.toml"
    path.write_text(f'name = "mine"\nparent = "nanodet-full"\nruntime = "{runtime}"\n{text}')
    load_recipe(path)


@pytest.mark.parametrize(
    ("prepare", "specialise", "why", "remedy"),
    [
        ("", "quantize quantize", "floating point", "leave one"),
        ("", "quantize half_precision", "floating point", "leave one"),
        ("", "quantize equalize", "floating point", "before 'quantize'"),
        ("", "quantize_weights quantize_mixed", "floating point", "leave one"),
        ("", "quantize cluster equalize", "floating point", "before 'quantize'"),
        ("", "half_precision quantize", "32 bits", "leave one"),
        ("", "half_precision cluster", "32 bits", "before 'half_precision'"),
        ("", "quantize_dynamic cluster", "dynamic", "before 'quantize_dynamic'"),
        ("", "cluster equalize", "share", "before 'cluster'"),
        ("", "quantize_litert quantize_dynamic_litert", "floating point", "leave one"),
        ("", "bfloat16 quantize_openvino", "32 bits", "leave one"),
        ("magnitude_sparsity prune distill", "", "masks", "before 'magnitude_sparsity'"),
        ("keep_sparsity prune_latency", "", "masks", "before 'keep_sparsity'"),
        ("rigl_sparsity finetune prune_blocks", "", "masks", "before 'rigl_sparsity'"),
        ("set_sparsity relu_twin", "", "zeros", "before 'set_sparsity'"),
        ("n_m_sparsity cluster_finetune", "", "zeros", "leave one"),
        ("quantize_aware distill", "", "steps", "before 'quantize_aware'"),
        ("quantize_aware prune", "", "steps", "before 'quantize_aware'"),
        ("cluster_finetune finetune", "", "share", "before 'cluster_finetune'"),
        ("cluster_finetune quantize_aware", "", "share", "leave one"),
        ("quantize_aware", "equalize quantize", "steps", "leave one"),
        ("quantize_aware", "quantize cluster", "steps", "leave one"),
    ],
)
def test_a_step_that_cannot_follow_is_refused(
    tmp_path: Path, prepare: str, specialise: str, why: str, remedy: str
) -> None:
    runtime = next((r for name, r in RUNTIMES.items() if name in specialise), "onnxruntime")
    with pytest.raises(RecipeError, match=f"cannot follow.*{why}") as caught:
        _load(tmp_path, prepare.split(), specialise.split(), runtime)
    assert caught.value.key.endswith(".technique")
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("prepare", "specialise", "runtime"),
    [
        ("", "equalize quantize cluster", "onnxruntime"),
        ("", "cluster quantize", "onnxruntime"),
        ("", "quantize_mixed cluster", "onnxruntime"),
        ("", "cluster half_precision", "onnxruntime"),
        ("", "quantize_dynamic_litert cluster_litert", "litert"),
        ("", "cluster_litert quantize_litert", "litert"),
        ("prune distill magnitude_sparsity finetune", "quantize cluster", "onnxruntime"),
        ("keep_sparsity distill", "quantize", "onnxruntime"),
        ("prune_blocks prune_latency distill relu_twin", "quantize_litert", "litert"),
        ("relu_twin distill quantize_aware", "quantize", "onnxruntime"),
        ("magnitude_sparsity quantize_aware", "quantize", "onnxruntime"),
        ("prune distill cluster_finetune", "cluster", "onnxruntime"),
    ],
)
def test_steps_that_compose_are_taken(
    tmp_path: Path, prepare: str, specialise: str, runtime: str
) -> None:
    _load(tmp_path, prepare.split(), specialise.split(), runtime)


def test_what_a_technique_cannot_follow_is_left_by_some_technique() -> None:
    facts = [facts_of(name) for name in technique_names()]
    left = {state for of_one in facts for state in of_one.leaves}
    assert {state for of_one in facts for state in of_one.not_after} <= left
