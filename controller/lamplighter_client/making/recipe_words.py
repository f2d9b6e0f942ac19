"""Recipes in words: what was done to a network, for whoever has not read the file. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from lamplighter_client.documents.making.fronts import RecipeFacts, RecipeStep
from lamplighter_client.wording import per_cent

Params = Mapping[str, Any]


def recipe_words(recipe: RecipeFacts) -> list[str]:
    """A sentence for what it is, then one for each step."""
    lines = [recipe.summary or recipe.title or recipe.name]
    lines.append(f"It begins with {recipe.parent}.")
    lines += [_step(step) for step in [*recipe.prepare, *recipe.specialise]]
    if recipe.hardware:
        lines.append(recipe.hardware)
    return lines


def _step(step: RecipeStep) -> str:
    said = _SAID.get(step.technique)
    if said is not None:
        return said(step.params)
    given = ", ".join(f"{name} {value}" for name, value in step.params.items() if value != "")
    return f"Then {step.technique.replace('_', ' ')}{f' ({given})' if given else ''}."


def _pruned(params: Params) -> str:
    share = params.get("ratio")
    if not isinstance(share, int | float):
        return "Channels that matter least are taken out."
    return f"{per_cent(share)} of its channels, those that matter least, are taken out."


def _taught(params: Params) -> str:
    minutes = params.get("minutes")
    time = f" for {minutes} minutes" if minutes else ""
    return f"It is taught by {params.get('teacher', 'a larger network')}{time}."


def _rounded(params: Params) -> str:
    regime = params.get("calibration")
    frames = f"frames of {regime}" if regime else "frames of all regimes"
    return f"Weights and activations are rounded to 8 bits, over {frames}."


_SAID: Mapping[str, Callable[[Params], str]] = {
    "prune": _pruned,
    "distill": _taught,
    "quantize": _rounded,
    "quantize_litert": _rounded,
    "finetune": lambda _: "It is trained on.",
    "cluster": lambda _: "Weights of a layer share a few values, so that fewer bytes travel.",
    "bfloat16": lambda _: "It computes in 16-bit floats.",
    "relu_twin": lambda _: "Its activations become ReLUs, which are quick everywhere.",
}
