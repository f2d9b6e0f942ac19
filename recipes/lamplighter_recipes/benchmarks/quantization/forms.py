"""Ways to quantize a parent, to be compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from torch import nn

from lamplighter_recipes.benchmarks.quantization.rounding import rounded, rounded_by_extremes
from lamplighter_recipes.recipe.schema import Step

LITERT = "litert"
BITS = 4
Change = Callable[[Any], nn.Module]


@dataclass(frozen=True)
class Form:
    """A row: the steps that specialise, and what is done to the network ahead of them."""

    name: str
    runtime: str
    steps: tuple[Step, ...] = ()
    change: Change | None = None


def step(technique: str, **params: Any) -> Step:
    """One of a recipe's steps."""
    return Step(technique=technique, params=params)


STATIC = step("quantize")
PER_TENSOR: dict[str, Any] = {"per_channel": False}
WEIGHTS = f"{BITS}-bit weights"

FORMS = (
    Form("floats", BASE_RUNTIME),
    Form("static, ranges of nine pictures in ten", BASE_RUNTIME, (STATIC,)),
    *(
        Form(f"static, ranges by {name}", BASE_RUNTIME, (step("quantize", method=method),))
        for name, method in (
            ("extremes", "minmax"),
            ("percentile", "percentile"),
            ("relative entropy", "entropy"),
            ("square error", "mse"),
        )
    ),
    Form("static, a scale per tensor", BASE_RUNTIME, (step("quantize", **PER_TENSOR),)),
    Form(
        "the same, equalized first",
        BASE_RUNTIME,
        (step("equalize"), step("quantize", **PER_TENSOR)),
    ),
    Form(
        "the same, biases corrected",
        BASE_RUNTIME,
        (step("quantize", bias_correction=True, **PER_TENSOR),),
    ),
    Form("static, layers in floats by measurement", BASE_RUNTIME, (step("quantize_mixed"),)),
    Form("dynamic", BASE_RUNTIME, (step("quantize_dynamic", layers="all"),)),
    Form("weights alone, 8 bits", BASE_RUNTIME, (step("quantize_weights"),)),
    Form(
        f"static, {WEIGHTS} by extremes",
        BASE_RUNTIME,
        (STATIC,),
        lambda network: rounded_by_extremes(network, BITS),
    ),
    Form(
        f"static, {WEIGHTS} by square error",
        BASE_RUNTIME,
        (STATIC,),
        lambda network: rounded(network, BITS),
    ),
    Form("floats", LITERT),
    Form("static", LITERT, (step("quantize_litert"),)),
    Form("dynamic", LITERT, (step("quantize_dynamic_litert"),)),
    Form(f"dynamic, {WEIGHTS}", LITERT, (step("quantize_dynamic_litert", bits=BITS),)),
    Form("weights alone, 8 bits", LITERT, (step("quantize_weights_litert"),)),
    Form(f"weights alone, {BITS} bits", LITERT, (step("quantize_weights_litert", bits=BITS),)),
)
