"""What can be served: variants, built or only described, with accuracy per regime and cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lamplighter_wire.rules.accuracy import expected_ap50
from lamplighter_wire.rules.sizes import Size, by_area, parse_size, pixels, size_key


@dataclass(frozen=True)
class VariantSpec:
    """A variant, or one that could be built (`built=False`, figures from its parent).

    `mmac`, `depthwise_mmac`, `bytes_moved`, `extra_work`, `expected_ap50` and `ap50_interval` are
    keyed by resolution ("384x288"); accuracy then by regime ("day-dry-free"). AP50 is 0 to 1.
    `extra_work` is what a MMAC costs beyond the probe's dense rate of its precision, in MMACs of
    the probe's dense fp32 network.
    """

    id: str
    model: str = ""
    recipe: str = ""
    sizes: tuple[str, ...] = ()  # it can be served at; empty: those of its tables
    precision: str = "fp32"  # fp32 | int8: which probe entries its speed follows
    size_bytes: int = 0
    memory_bytes: int = 0  # peak of a process that serves it; 0: estimate
    mmac: Mapping[str, float] = field(default_factory=dict)  # all convolutions
    depthwise_mmac: Mapping[str, float] = field(default_factory=dict)  # part of `mmac`
    bytes_moved: Mapping[str, int] = field(default_factory=dict)  # weights + activations per run
    extra_work: Mapping[str, float] = field(default_factory=dict)
    expected_ap50: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ap50_interval: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)  # regime -> score
    needs: tuple[str, ...] = ()
    runtime: str = "onnxruntime"
    built: bool = True
    manifest: str = ""  # SHA-256 of the signed manifest; empty until built
    calibration: str = ""  # regime it is calibrated for; empty: universal
    parent: str = ""
    isa_note: str = ""
    build_seconds: float = 0.0

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
