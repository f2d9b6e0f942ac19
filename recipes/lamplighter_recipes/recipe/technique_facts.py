"""What a technique yields and wants, as data: read without importing the technique.

Every technique has a TOML file beside its module, of the same name.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from lamplighter_wire.enums import Precision

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.schema import Stage

SEE_PAGE = "see docs/how-to/write-a-technique.md"
Artifact = Literal["detector", "onnx"]


class Yields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step makes of what it gets.

    Attributes:
        precision: of the result; None: as it was.
        activations: whether activations are integers, of the type that the step's parameter
            `activations` names.
        size_factor: bytes of weights after over before.
    """

    precision: Precision | None = None
    activations: bool = False
    size_factor: float = 1.0


class Wants(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step needs beside what it compresses.

    Attributes:
        calibration: frames that set activation ranges.
        teacher: another trained network.
        minutes: of training, at its defaults.
        extras: of this distribution, or packages.
        hardware: for people: where the result pays.
    """

    calibration: bool = False
    teacher: bool = False
    minutes: float = 0.0
    extras: list[str] = []
    hardware: str = ""


class TechniqueFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technique. `takes` and `gives` say what its function is handed and hands back."""

    stage: Stage
    summary: str
    takes: Artifact
    gives: Artifact
    saves: list[str] = []
    yields: Yields = Yields()
    wants: Wants = Wants()


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int) -> TechniqueFacts:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), TechniqueFacts)


def read_facts(path: Path) -> TechniqueFacts:
    """The facts in a file.

    Raises:
        RecipeError: it is missing or not in order; names the file, the key and the remedy.
    """
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise RecipeError(
            f"cannot be read: {error.strerror}",
            file=str(path),
            remedy=f"say in it what the technique yields and wants; {SEE_PAGE}",
        ) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message, _, key = str(error).partition(" - at `$.")
        raise RecipeError(
            message,
            file=str(path),
            key=key.rstrip("`"),
            remedy=SEE_PAGE,
        ) from error
