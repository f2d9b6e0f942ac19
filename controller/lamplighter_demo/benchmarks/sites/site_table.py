"""The rows of the bench on sites, as they are kept, and their table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.rules.sizes import by_area

from lamplighter_demo.errors import DemoError

ROW = "row.json"

HEADER = (
    "| camera | size | large, generic | small, generic | small, specialised | gain |"
    " compute at equal accuracy |\n|---|---|---|---|---|---|---|\n"
)


class CameraRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one camera: AP50 by size, before and after, on later pictures."""

    camera: str
    large: dict[str, float]
    small: dict[str, float]
    specialised: dict[str, float]
    agreement: tuple[float, float]
    elsewhere: tuple[float, float]
    pictures: int
    cpu_s: float
    kept: bool
    blend: float = 1.0


def read_cameras(folder: Path) -> list[CameraRow]:
    """Those that a run has left in its folder; at least one.

    Raises:
        DemoError: there are none, or one cannot be read.
    """
    paths = sorted(folder.glob(f"*/{ROW}"))
    remedy = "name the folder that `lamplighter bench sites` has left as its --out"
    if not paths:
        raise DemoError(f"--sites: {folder} holds no cameras; {remedy}")
    return [_read_camera(path, remedy) for path in paths]


def _read_camera(path: Path, remedy: str) -> CameraRow:
    try:
        return msgspec.json.decode(path.read_bytes(), type=CameraRow)
    except OSError as error:
        raise DemoError(f"--sites: {os_error_text(error, path)}") from error
    except msgspec.DecodeError as error:
        raise DemoError(f"--sites: {path} holds no camera ({error}); {remedy}") from error


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Processor milliseconds of one picture by size."""

    small: dict[str, float]
    large: dict[str, float]


def gain_points(row: CameraRow) -> float:
    """How much the specialised network does better than the generic one, mean over sizes."""
    return float(np.mean([100 * (row.specialised[s] - row.small[s]) for s in row.small]))


def compute_ratio(row: CameraRow, costs: Costs) -> dict[str, float]:
    """By size of the large network: its cost over that of the small one at the same accuracy.

    What the small one costs there is read between its sizes, on a line of accuracy over the
    logarithm of cost; where its smallest size does better, that size's cost counts. Accuracies
    that it does not reach are left out.
    """
    sizes = by_area(row.specialised)
    reached = np.maximum.accumulate([row.specialised[size] for size in sizes])
    spent = np.log([costs.small[size] for size in sizes])
    return {
        size: round(costs.large[size] / float(np.exp(np.interp(asked, reached, spent))), 2)
        for size, asked in row.large.items()
        if asked <= reached[-1]
    }


def table_of(rows: Sequence[CameraRow], costs: Costs) -> str:
    """Markdown: the table, and its means."""
    lines = [line for row in rows for line in _lines(row, compute_ratio(row, costs))]
    ratios = [ratio for row in rows for ratio in compute_ratio(row, costs).values()]
    mean = float(np.exp(np.mean(np.log(ratios)))) if ratios else float("nan")
    gains = [gain_points(row) for row in rows]
    return (
        HEADER
        + "".join(lines)
        + f"\nMean gain {np.mean(gains):+.1f} points"
        + f" ({', '.join(f'{r.camera} {g:+.1f}' for r, g in zip(rows, gains, strict=True))});"
        + f" compute at equal accuracy, geometric mean over {len(ratios)} comparisons:"
        + f" {mean:.2f}x less.\n"
        + f"Milliseconds of processor for a picture, large: {_costs(costs.large)};"
        + f" small: {_costs(costs.small)}.\n"
        + "".join(map(_notes, rows))
    )


def _lines(row: CameraRow, ratios: Mapping[str, float]) -> list[str]:
    return [
        f"| {row.camera} | {size} | {row.large[size]:.3f} | {row.small[size]:.3f} |"
        f" {row.specialised[size]:.3f} | {100 * (row.specialised[size] - row.small[size]):+.1f} |"
        f" {f'{ratios[size]:.2f}x less' if size in ratios else 'not reached'} |\n"
        for size in by_area(row.small)
    ]


def _costs(table: Mapping[str, float]) -> str:
    return ", ".join(f"{table[size]:.1f} at {size}" for size in by_area(table))


def _notes(row: CameraRow) -> str:
    before, after = row.agreement
    was, became = row.elsewhere
    return (
        f"- {row.camera}: {row.pictures} pictures, {row.cpu_s:.0f} s of processor; agreement with"
        f" the teacher {before:.3f} to {after:.3f}; on the city's pictures {was:.3f} to"
        f" {became:.3f}; {'kept' if row.kept else 'not kept'}{_blend(row)}\n"
    )


def _blend(row: CameraRow) -> str:
    return f", {row.blend:.0%} of what was learnt" if row.blend < 1.0 else ""
