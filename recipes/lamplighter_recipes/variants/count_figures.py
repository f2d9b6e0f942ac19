"""How far off variants count, as it was measured ahead by `lamplighter bench counting`."""

from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.street.count_error import CountError

from lamplighter_recipes.errors import RecipeError

COUNT_FIGURES = "count-errors.json"  # beside the weights


class CountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one variant: size -> regime -> error of counts by frame rate, the lowest first."""

    variant: str
    crossings: dict[str, int] = {}  # that were counted, by regime
    errors: dict[str, dict[str, list[CountError]]] = {}


def known_counts(weights_dir: Path) -> dict[str, CountFigures]:
    """By variant id; those of other weights never match.

    Raises:
        RecipeError: when the file is there but damaged.
    """
    path = weights_dir / COUNT_FIGURES
    if not path.exists():
        return {}
    try:
        figures = msgspec.json.decode(path.read_bytes(), type=list[CountFigures])
    except msgspec.DecodeError as error:
        raise RecipeError(
            f"is damaged: {error}",
            file=str(path),
            remedy="write it with `lamplighter bench counting --keep`",
        ) from error
    return {one.variant: one for one in figures}


def keep_counts(weights_dir: Path, figures: list[CountFigures]) -> None:
    """Put them where plans look for them; those of variants and sizes not measured now stay.

    Raises:
        RecipeError: what is there is damaged.
    """
    kept = known_counts(weights_dir)
    for one in figures:
        before = kept.get(one.variant, one)
        errors = before.errors | one.errors
        kept[one.variant] = msgspec.structs.replace(one, errors=errors)
    document = msgspec.json.encode([kept[name] for name in sorted(kept)])
    write_atomically(weights_dir / COUNT_FIGURES, [msgspec.json.format(document) + b"\n"])
