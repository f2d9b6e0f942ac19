"""What the benchmark of variants found: one row a variant, and gains between them."""

from dataclasses import dataclass, field

import msgspec
from lamplighter_wire.rules.accuracy import headline


class Row(msgspec.Struct, kw_only=True):
    """One line of the table: AP50 as measured, and the interval of its gain over the parent.

    `headline_interval`: of the mean over regimes; `class_map50` tells classes apart.
    """

    name: str
    kind: str  # recipe | baseline
    precision: str = ""
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    size_bytes: int = 0
    wire_bytes: int = 0
    build_seconds: float = 0.0
    ap50: dict[str, float] = {}
    ap50_interval: dict[str, tuple[float, float]] = {}
    gain_interval: dict[str, tuple[float, float]] = {}
    headline_interval: tuple[float, float] = (0.0, 0.0)
    class_map50: dict[str, float] = {}

    @property
    def headline_ap50(self) -> float:
        """The headline accuracy: see the glossary."""
        return headline(self.ap50) or 0.0

    @property
    def headline_class_map50(self) -> float:
        """The same with classes told apart."""
        return headline(self.class_map50) or 0.0


class Gain(msgspec.Struct, kw_only=True):
    """What a calibration of its own gains in its regime over the universal build, AP50."""

    recipe: str
    calibration: str
    regime: str
    gain: float
    low: float
    high: float
    changed_bytes: int = 0  # raw bytes of chunks that differ from the universal build
    size_bytes: int = 0


@dataclass
class Report:
    """Everything measured in one run, at one size."""

    size: str
    machine: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    gains: list[Gain] = field(default_factory=list)
