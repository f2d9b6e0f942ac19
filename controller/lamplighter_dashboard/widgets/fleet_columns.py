"""The columns of the fleet table: what each says of a row, and in which tone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lamplighter_client.documents import FleetRow
from lamplighter_client.streaming.fleet_sums import measured_elsewhere
from lamplighter_client.streaming.row_order import RowOrder
from lamplighter_wire.words.printable import one_line

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.figures import NOTHING
from lamplighter_dashboard.words.groupings import LABEL
from lamplighter_dashboard.words.health import health, update
from lamplighter_dashboard.words.named_variants import marked

Cell = tuple[str, str]
"""A text and its tone: text, dim, error, warning, well or busy."""
# A mark that is read without colour.
BROKEN = "!"
STRAINED = 0.9


@dataclass(frozen=True, slots=True)
class Column:
    """`width` 0: as wide as its texts, up to `most`, and beyond that where room remains. `rank`:
    those with a low one stay longest where there is little room. `cell` takes the row and the
    controller's wall clock; `whole`, where there is one, says more where room remains."""

    key: str
    title: str
    about: str
    cell: Callable[[FleetRow, float], Cell]
    rank: int
    width: int = 0
    most: int = 24
    right: bool = False
    order: RowOrder | None = None
    whole: Callable[[FleetRow, float], Cell] | None = None

    def text(self, row: FleetRow, now: float, *, is_wide: bool = True) -> Cell:
        """What it says of a row. `is_wide`: there is room for all of that."""
        return (self.whole if self.whole and is_wide else self.cell)(row, now)


def _text(value: str) -> Cell:
    return (one_line(value), "text") if value else (NOTHING, "dim")


def _is_there(row: FleetRow) -> bool:
    return row.state == "online"


def _measured(row: FleetRow, text: str, *, broken: bool = False, strained: bool = False) -> Cell:
    """Of a device that is away figures are old: they are dimmed."""
    if not _is_there(row):
        return (text, "dim")
    if broken:
        return (text + BROKEN, "error")
    return (text, "warning" if strained else "text")


def _latency(row: FleetRow, _now: float) -> Cell:
    return _latency_cell(row, figures.milliseconds(row.latency_p95_ms))


def _latency_and_limit(row: FleetRow, now: float) -> Cell:
    """ "31 of 80"."""
    if not (row.latency_p95_ms and row.latency_limit_ms):
        return _latency(row, now)
    shown = figures.of_limit(row.latency_p95_ms, row.latency_limit_ms, "").rstrip()
    return _latency_cell(row, shown)


def _latency_cell(row: FleetRow, text: str) -> Cell:
    limit_ms = row.latency_limit_ms
    return _measured(
        row,
        text,
        broken=bool(limit_ms) and row.latency_p95_ms > limit_ms,
        strained=bool(limit_ms) and row.latency_p95_ms > STRAINED * limit_ms,
    )


def _power(row: FleetRow, _now: float) -> Cell:
    limit_w = row.power_limit_w
    return _measured(
        row, figures.watts(row.power_w), broken=bool(limit_w) and row.power_w > limit_w
    )


def _rate(row: FleetRow, _now: float) -> Cell:
    text = figures.rate(row.fps_served, row.fps_demand)
    broken, dropped = row.notice == "breach_frames", row.notice == "dropped"
    return _measured(row, text, broken=broken, strained=dropped)


def _seen(row: FleetRow, now: float) -> Cell:
    if not row.last_seen:
        return ("never", "dim")
    tone = "dim" if _is_there(row) else "error"
    return (figures.age(now - row.last_seen), tone)


def _health(row: FleetRow, _now: float) -> Cell:
    word = health(row)
    return (word.sign, word.tone)


def _trouble(row: FleetRow, _now: float) -> Cell:
    if row.marked and not row.notices:
        return (f"{row.marked} known", "dim")
    more = f" (+{row.notices - 1})" if row.notices > 1 else ""
    return (row.notice_text + more, health(row).tone) if row.notice else (NOTHING, "dim")


COLUMNS: Sequence[Column] = (
    Column("health", "", "how it is: ✖ ○ ▲ · ●", _health, 0, width=1, order=RowOrder.HEALTH),
    Column("device", "device", "its name", lambda r, _: _text(r.id), 0, order=RowOrder.ID),
    Column(
        "site",
        "site",
        "where it stands",
        lambda r, _: _text(r.site),
        8,
        0,
        16,
        False,
        RowOrder.SITE,
    ),
    Column("group", "groups", "groups that it is in", lambda r, _: _text(", ".join(r.groups)), 15),
    Column(
        "hardware",
        "class",
        "devices with the same processor, by its name",
        lambda r, _: _text(r.processor or r.hardware),
        17,
        order=RowOrder.HARDWARE,
    ),
    Column(
        "model",
        "model",
        "network that it serves",
        lambda r, _: _text(r.model),
        16,
        0,
        16,
        False,
        RowOrder.MODEL,
    ),
    Column(
        "serves",
        "serves",
        "recipe of the variant that it serves",
        lambda r, _: _text(r.recipe or r.variant),
        5,
        0,
        16,
        False,
        RowOrder.RECIPE,
    ),
    Column(
        "variant",
        "variant",
        "id of the variant that it serves",
        lambda r, _: _text(r.variant),
        18,
        order=RowOrder.VARIANT,
    ),
    Column(
        "size",
        "at",
        "size of the network's input",
        lambda r, _: _text(figures.size(r.width, r.height)),
        6,
        7,
    ),
    Column(
        "ap50",
        "AP50",
        "accuracy expected here, 0 to 1, in the regime that it sees; * on rendered streets",
        lambda r, _: _text(marked(r.expected_ap50, measured_elsewhere(r))),
        7,
        5,
        0,
        True,
        RowOrder.AP50,
    ),
    Column(
        "rate",
        "fps of",
        "frames per second, served of those demanded",
        _rate,
        2,
        9,
        0,
        True,
        RowOrder.SERVED,
    ),
    Column(
        "latency",
        "p95 ms",
        "95 of 100 frames took less; with its limit where there is room; ! beyond it",
        _latency,
        3,
        7,
        0,
        True,
        RowOrder.STRAIN,
        _latency_and_limit,
    ),
    Column(
        "update",
        "update",
        "what became of the newest order",
        lambda r, _: update(r),
        4,
        0,
        17,
        False,
        RowOrder.DEPLOYMENT,
    ),
    Column(
        "regime",
        "street",
        "light, weather and density that it sees",
        lambda r, _: _text(r.regime),
        9,
        0,
        16,
        False,
        RowOrder.REGIME,
    ),
    Column(
        "energy",
        "mJ/frame",
        "energy of a frame; ~ is an estimate",
        lambda r, _: _measured(r, figures.energy(r.energy_mj_per_frame, r.energy_source)),
        10,
        8,
        0,
        True,
        RowOrder.ENERGY,
    ),
    Column(
        "power",
        "W",
        "power of the whole device; ! beyond its budget",
        _power,
        11,
        5,
        0,
        True,
        RowOrder.POWER,
    ),
    Column(
        "temperature",
        "°C",
        "temperature of its processor",
        lambda r, _: _measured(r, figures.celsius(r.temperature_c)),
        12,
        3,
        0,
        True,
        RowOrder.TEMPERATURE,
    ),
    Column(
        "counts",
        "counts",
        "crossings in its newest window of telemetry, some seconds; of all lines and classes",
        lambda r, _: _measured(r, str(r.counts)) if r.window_at else (NOTHING, "dim"),
        13,
        6,
        0,
        True,
        RowOrder.COUNTS,
    ),
    Column("seen", "heard", "since it was heard last", _seen, 14, 6, 0, True, RowOrder.SEEN),
    Column(
        "trouble",
        "trouble",
        "the worst that is wrong with it",
        _trouble,
        19,
        0,
        60,
        False,
        RowOrder.HEALTH,
    ),
    Column(
        "by_hand",
        "by hand",
        "held, pinned or kept from something",
        lambda r, _: _text(" ".join(r.by_hand)),
        20,
        0,
        14,
    ),
    Column(
        "agent",
        "agent",
        "version of its agent",
        lambda r, _: _text(r.agent),
        21,
        0,
        12,
        False,
        RowOrder.AGENT,
    ),
    Column(
        "cameras",
        "cams",
        "how many cameras it has",
        lambda r, _: _text(str(r.cameras or "")),
        22,
        4,
        0,
        True,
    ),
)
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}


def column_named(key: str) -> Column | None:
    """One of ours, or that of a label, `label:NAME`; None: there is no such column."""
    if key.startswith(LABEL):
        name = key.removeprefix(LABEL)
        return Column(key, name, f"label {name}", lambda r, _: _text(r.labels.get(name, "")), 23)
    return BY_KEY.get(key)


def chosen(keys: Iterable[str]) -> list[Column]:
    """Columns by their keys, in that order; what is no column is left out."""
    return [column for key in keys if (column := column_named(key)) is not None]
