"""What the benchmark of variants found: one row a variant, and gains between them."""

from dataclasses import dataclass, field

import msgspec
from lamplighter_wire.rules.accuracy import headline
from lamplighter_wire.rules.sizes import MAIN_SIZE

# What counts as equal between two builds of a parent: less than a calibration with other pictures
# moves the accuracy, and than two runs of one artifact differ by in time.
SAME_AP50 = 0.005
SAME_LATENCY = 0.03


class Row(msgspec.Struct, kw_only=True):
    """One line of the table: AP50 as measured, and the interval of its gain over the parent.

    `headline_interval`: of the mean over regimes; `class_map50` tells classes apart.
    All is measured at `size`; latencies and `build_seconds` are processor times. `memory_bytes`:
    peak of an interpreter that runs it there.
    """

    name: str
    kind: str  # recipe | baseline
    parent: str = ""
    size: str = MAIN_SIZE
    precision: str = ""
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    size_bytes: int = 0
    wire_bytes: int = 0
    memory_bytes: int = 0
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
    """Everything measured in one run; `size` is that of the city's networks.

    `failed`: why baselines could not be made, by name.
    """

    size: str
    machine: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    gains: list[Gain] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def rivals(self) -> list["Rival"]:
        """Each baseline beside the quickest recipe of its parent that is no less accurate."""
        return [
            Rival(row, _quickest(self.rows, row)) for row in self.rows if row.kind == "baseline"
        ]


@dataclass(frozen=True)
class Rival:
    """A baseline, and ours beside it; None where every recipe of the parent is less accurate."""

    row: Row
    ours: Row | None

    @property
    def speed_up(self) -> float:
        """Latency of the baseline over ours; 0 where there is none of ours."""
        return self.row.latency_p50_ms / self.ours.latency_p50_ms if self.ours else 0.0

    @property
    def is_met(self) -> bool:
        """Ours lies on or above the baseline's point, but for what two runs differ by."""
        return self.speed_up >= 1 - SAME_LATENCY


def _quickest(rows: list[Row], rival: Row) -> Row | None:
    able = [
        row
        for row in rows
        if row.kind == "recipe"
        and row.parent == rival.parent
        and row.headline_ap50 >= rival.headline_ap50 - SAME_AP50
    ]
    return min(able, key=lambda row: row.latency_p50_ms, default=None)
