"""Errors of counts that were measured ahead are kept beside the weights."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.variants.count_figures import (
    COUNT_FIGURES,
    CountFigures,
    keep_counts,
    known_counts,
)
from lamplighter_wire.street.count_error import CountError


def _figures(variant: str, error: float) -> CountFigures:
    rows = [CountError(fps=6.25, error=error, low=0.0, high=1.0)]
    return CountFigures(variant=variant, errors={"384x288": {"day-dry-free": rows}})


def test_what_was_not_measured_this_time_stays(tmp_path: Path) -> None:
    assert known_counts(tmp_path) == {}
    keep_counts(tmp_path, [_figures("a", 0.1), _figures("b", 0.2)])
    keep_counts(tmp_path, [_figures("b", 0.3)])
    assert known_counts(tmp_path) == {"a": _figures("a", 0.1), "b": _figures("b", 0.3)}
    other = msgspec.structs.replace(
        _figures("a", 0.4), errors={"512x384": _figures("a", 0.4).errors["384x288"]}
    )
    keep_counts(tmp_path, [other])
    kept = known_counts(tmp_path)["a"].errors
    assert kept == _figures("a", 0.1).errors | other.errors, "of another size"


def test_a_damaged_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / COUNT_FIGURES).write_text("[{")
    with pytest.raises(RecipeError, match=r"count-errors\.json.*bench counting --keep"):
        known_counts(tmp_path)
