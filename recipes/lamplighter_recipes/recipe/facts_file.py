"""Facts in TOML files, read once for as long as a file does not change."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from lamplighter_recipes.errors import RecipeError

Facts = TypeVar("Facts", bound=msgspec.Struct)


def read_facts(path: Path, kind: type[Facts], page: str) -> Facts:
    """The facts in a file.

    Raises:
        RecipeError: it is missing or not in order; names the file, the key, and the page to read.
    """
    try:
        return _read(path, kind, path.stat().st_mtime_ns)  # type: ignore[return-value]
    except OSError as error:
        raise RecipeError(
            f"cannot be read: {error.strerror}",
            file=str(path),
            remedy=f"say in it what there is to know beforehand; see {page}",
        ) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message, _, key = str(error).partition(" - at `$.")
        raise RecipeError(
            message, file=str(path), key=key.rstrip("`"), remedy=f"see {page}"
        ) from error


@lru_cache(maxsize=256)
def _read(path: Path, kind: type[msgspec.Struct], _changed_ns: int) -> msgspec.Struct:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
