"""What a variant is expected to reach."""

from collections.abc import Mapping


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
    if not row or calibration:
        return None
    return sum(row.values()) / len(row)
