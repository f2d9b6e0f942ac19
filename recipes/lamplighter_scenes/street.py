"""The geometry of a junction: strips (lanes, paths) and polygons, as plain numbers in JSON."""

import gzip
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Strip:
    """A lane or path along `shape` (metres); kinds: road, bike, sidewalk, verge."""

    kind: str
    width_m: float
    shape: tuple[Point, ...]
    inside_junction: bool = False


@dataclass(frozen=True, slots=True)
class Street:
    """A junction with its arms, relative to its centre; `meta` says where it comes from."""

    strips: tuple[Strip, ...]
    junctions: tuple[tuple[Point, ...], ...]
    stop_lines: tuple[tuple[Point, Point], ...]
    meta: dict[str, Any]


def save_street(street: Street, path: Path) -> None:
    """Writes gzip JSON, the same bytes for the same street."""
    text = json.dumps(asdict(street), sort_keys=True, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _points(raw: list[list[float]]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in raw)


def load_street(path: Path) -> Street:
    """Reads what `save_street` wrote."""
    raw = json.loads(gzip.decompress(path.read_bytes()))
    strips = tuple(
        Strip(s["kind"], s["width_m"], _points(s["shape"]), s["inside_junction"])
        for s in raw["strips"]
    )
    lines = tuple((_points(line)[0], _points(line)[1]) for line in raw["stop_lines"])
    return Street(strips, tuple(_points(j) for j in raw["junctions"]), lines, raw["meta"])
