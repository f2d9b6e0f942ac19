"""What can be served: variants, built or only described, with accuracy per regime and cost."""

from collections.abc import Mapping

from lamplighter_wire.messages import Variant
from lamplighter_wire.rules.accuracy import expected_ap50
from lamplighter_wire.rules.sizes import Size, by_area, parse_size, pixels, size_key


class VariantSpec(Variant, frozen=True, kw_only=True):
    """A variant of the catalogue: built, or one that could be, with figures from its parent."""

    manifest: str = ""  # SHA-256 of the signed manifest; empty until built
    build_seconds: float = 0.0

    @property
    def built(self) -> bool:
        """Whether there is a manifest that a device can fetch."""
        return bool(self.manifest)

    @property
    def resolutions(self) -> list[Size]:
        """Sizes it can be served at, the smallest first."""
        return [
            parse_size(size) for size in by_area(self.sizes or {*self.mmac, *self.expected_ap50})
        ]

    def ap50(self, width: int, height: int, regime: str) -> float | None:
        """Expected agnostic AP50, None where nothing is known.

        A universal variant takes the mean over known regimes in one that was not measured; a
        variant calibrated for one regime promises nothing elsewhere.
        """
        size = size_key(width, height)
        return expected_ap50(self.expected_ap50, size, regime, self.calibration)

    def work(self, width: int, height: int) -> tuple[float, float, int]:
        """(dense MMAC, depthwise MMAC, bytes moved) per frame, scaled by area if not tabled."""
        total = _at_size(self.mmac, width, height)
        depthwise = min(total, _at_size(self.depthwise_mmac, width, height))
        return total - depthwise, depthwise, round(_at_size(self.bytes_moved, width, height))

    def extra_at(self, width: int, height: int) -> float | None:
        """The tabled extra work, of the nearest resolution where this one is missing."""
        areas = {key: abs(pixels(key) - width * height) for key in self.extra_work}
        nearest = min(areas, key=lambda key: (areas[key], key), default=None)
        return None if nearest is None else self.extra_work[nearest]


def _at_size(table: Mapping[str, float], width: int, height: int) -> float:
    """Value at a resolution; from the nearest tabled resolution by area when it is missing."""
    if not table:
        return 0.0
    key = size_key(width, height)
    if key in table:
        return float(table[key])
    areas = {k: pixels(k) for k in table}
    nearest = min(areas, key=lambda k: abs(areas[k] - width * height))
    return float(table[nearest]) * width * height / areas[nearest]
