"""Expected accuracy of a point, where it is known and where it is not."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.rules.accuracy import expected_ap50

REGIMES = ["day-dry-free", "day-dry-jam", "night-dry-free"]
rows = st.dictionaries(st.sampled_from(REGIMES), st.floats(0, 1))


@given(rows, st.sampled_from([*REGIMES, "night-rain-jam"]))
def test_a_universal_variant_promises_its_own_figure_or_the_mean(
    row: dict[str, float], regime: str
) -> None:
    expected = expected_ap50({"384x288": row}, "384x288", regime)
    if regime in row:
        assert expected == row[regime]
    elif row:
        assert expected is not None
        assert min(row.values()) - 1e-9 <= expected <= max(row.values()) + 1e-9
    else:
        assert expected is None


def test_a_variant_for_one_regime_promises_nothing_elsewhere() -> None:
    table = {"384x288": {"night-dry-free": 0.6}}
    assert expected_ap50(table, "384x288", "night-dry-free", "night-dry-free") == 0.6
    assert expected_ap50(table, "384x288", "day-dry-free", "night-dry-free") is None


def test_a_measured_zero_is_a_measurement() -> None:
    assert (
        expected_ap50({"s": {"day-dry-free": 0.0, "day-dry-jam": 0.8}}, "s", "day-dry-free") == 0.0
    )
