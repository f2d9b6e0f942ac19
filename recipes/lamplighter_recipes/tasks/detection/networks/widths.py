"""Reads a network's widths from its card."""

from typing import Any, TypeVar

import msgspec

from lamplighter_recipes.errors import RecipeError

Widths = TypeVar("Widths")


def read_widths(data: dict[str, Any], kind: type[Widths], name: str) -> Widths:
    """A dataclass of widths from plain data.

    Raises:
        RecipeError: when a width is missing or of another type.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise RecipeError(f"not a {name} architecture: {error}") from error
