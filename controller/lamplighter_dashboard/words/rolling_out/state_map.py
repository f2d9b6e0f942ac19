"""A rollout's devices as cells, wave by wave: one each, or so many that all fit. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lamplighter_client.documents import RolloutTarget

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.rolling_out.rollouts import TARGETS, wave_name

WORST_FIRST = ("failed", "rolled_back", "watched", "ordered", "waiting", "succeeded", "skipped")
"""What is the matter, then what moves, then what waits, then what is done."""


@dataclass(frozen=True)
class Cell:
    """Devices that stand together, by wave, site and name. `state`: the first of WORST_FIRST that
    one of them is in."""

    devices: Sequence[RolloutTarget]

    @property
    def state(self) -> str:
        return min((one.state for one in self.devices), key=rank)

    @property
    def worst(self) -> RolloutTarget:
        """The device that it shows."""
        return min(self.devices, key=lambda one: rank(one.state))


@dataclass(frozen=True)
class Line:
    """A line of cells; the first line of a wave has its name."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class StateMap:
    """Lines of cells. `per_cell`: devices in one, at most."""

    lines: Sequence[Line] = field(default_factory=tuple)
    per_cell: int = 1


def rank(state: str) -> int:
    """Its place in WORST_FIRST; what is not known comes first."""
    return WORST_FIRST.index(state) if state in WORST_FIRST else -1


def state_map(targets: Sequence[RolloutTarget], columns: int, rows: int) -> StateMap:
    """As few devices in a cell as let all of them fit in so many columns and rows.

    Where there are more waves than rows, a wave has a line of its own all the same.
    """
    waves = _waves(targets)
    sizes = [len(devices) for devices in waves.values()]
    least, most = 1, max([1, *sizes])
    while least < most:
        middle = (least + most) // 2
        if _lines_needed(sizes, middle, columns) <= rows:
            most = middle
        else:
            least = middle + 1
    lines = [
        line for wave, devices in waves.items() for line in _lines(wave, devices, least, columns)
    ]
    return StateMap(lines, least)


def legend(targets: Sequence[RolloutTarget]) -> list[tuple[str, str]]:
    """Each sign that is there, its name and how many, with tones."""
    counts = Counter(one.state for one in targets)
    words = []
    for state, (sign, tone) in TARGETS.items():
        if counts[state]:
            words.append((f"{sign} {state_name(state)} {counts[state]}  ", tone))
    return words


def cell_text(cell: Cell) -> str:
    """Who is in it, and where they stand."""
    if len(cell.devices) == 1:
        one = cell.devices[0]
        where = f", {one.site}" if one.site else ""
        because = f": {one.reason}" if one.reason else ""
        return f"{one.device}{where}, {place_name(one)}: {state_name(one.state)}{because}"
    counts = Counter(one.state for one in cell.devices)
    parts = [f"{counts[state]} {state_name(state)}" for state in sorted(counts, key=rank)]
    names = f"{cell.devices[0].device} to {cell.devices[-1].device}"
    many = figures.count(len(cell.devices), "device")
    return f"{place_name(cell.devices[0])}: {many}, {names}: {', '.join(parts)}"


def state_name(state: str) -> str:
    """As it is read."""
    return "left out" if state == "skipped" else state.replace("_", " ")


def place_name(one: RolloutTarget) -> str:
    """Its wave; who is left out has none."""
    return "left out" if one.state == "skipped" else wave_name(one.wave)


def fitting(targets: Sequence[RolloutTarget], text: str) -> list[RolloutTarget]:
    """Those whose name, site, wave or state has a text in it; empty: all."""
    return [
        one
        for one in targets
        if text in f"{one.device} {one.site} {place_name(one)} {state_name(one.state)}"
    ]


def _waves(targets: Sequence[RolloutTarget]) -> Mapping[str, Sequence[RolloutTarget]]:
    """Names of waves in their order, those left out last; in each by site and name."""
    by_wave: dict[float, list[RolloutTarget]] = {}
    for one in targets:
        wave = float("inf") if one.state == "skipped" else one.wave
        by_wave.setdefault(wave, []).append(one)
    return {
        place_name(by_wave[wave][0]): sorted(by_wave[wave], key=lambda t: (t.site, t.device))
        for wave in sorted(by_wave)
    }


def _lines_needed(sizes: Sequence[int], per_cell: int, columns: int) -> int:
    return sum(-(-size // (per_cell * columns)) for size in sizes)


def _lines(name: str, devices: Sequence[RolloutTarget], per_cell: int, columns: int) -> list[Line]:
    cells = [Cell(devices[at : at + per_cell]) for at in range(0, len(devices), per_cell)]
    parts = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    return [Line("" if number else name, part) for number, part in enumerate(parts)]
