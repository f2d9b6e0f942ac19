"""What a variant is expected to reach."""

from collections.abc import Mapping

# What an accuracy was measured on.
RENDERS, PICTURES = "renders", "pictures"


def expected_ap50(
    table: Mapping[str, Mapping[str, float]], size: str, regime: str, calibration: str = ""
) -> float | None:
    """Expected agnostic AP50 (0 to 1) at a size in a regime; None where nothing is known.

    A universal variant (no `calibration`) takes the mean over its known regimes in one that was
    not measured; a variant calibrated for one regime promises nothing elsewhere.

    Args:
        table: size ("384x288") -> regime ("day-dry-free") -> AP50.
    """
    row = table.get(size, {})
    if regime in row:
        return row[regime]
    return None if calibration else headline(row)


def headline(row: Mapping[str, float]) -> float | None:
    """The headline accuracy of a set of frames: the mean over its regimes; None of none.

    Each regime counts alike, however many frames or objects of it there are.
    """
    return sum(row.values()) / len(row) if row else None
