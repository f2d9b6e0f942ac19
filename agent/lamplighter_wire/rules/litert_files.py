"""How an artifact for LiteRT is laid out: a model for each size, for its shapes are fixed."""

from collections.abc import Iterable

from lamplighter_wire.rules.sizes import by_area

PREFIX, SUFFIX = "model-", ".tflite"


def model_file(size: str) -> str:
    """The name of the model of a size such as "384x288"."""
    return f"{PREFIX}{size}{SUFFIX}"


def sizes_of(names: Iterable[str]) -> list[str]:
    """The sizes that files of these names serve, the smallest first."""
    models = (name for name in names if name.startswith(PREFIX) and name.endswith(SUFFIX))
    return by_area(name.removeprefix(PREFIX).removesuffix(SUFFIX) for name in models)
