"""Traces: where every road user of a junction was, every half second; small npz files.

A trace keeps one track per stay of a road user inside the recorded radius. Positions are the
centres of the objects in metres relative to the junction, x to the east and y to the north;
headings are radians, counter-clockwise from east.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.road_users import CLASSES

FORMAT = 1
POSITION_STEP_M = 0.01
HEADING_STEP_RAD = 2.0 * np.pi / 4096


@dataclass(frozen=True, slots=True)
class RoadUser:
    """One road user at one instant; `track` is its number within the trace."""

    track: int
    kind: str
    x_m: float
    y_m: float
    heading_rad: float


@dataclass(frozen=True, slots=True)
class Track:
    """One stay of a road user within the radius; rows are (x_m, y_m, unwrapped heading_rad)."""

    kind: str
    first_step: int
    rows: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Tracks on a common clock of `step_s` seconds, `steps` long."""

    step_s: float
    steps: int
    tracks: tuple[Track, ...]
    meta: dict[str, Any]

    @property
    def duration_s(self) -> float:
        """Time between the first and the last step, in seconds."""
        return (self.steps - 1) * self.step_s

    def at(self, time_s: float) -> list[RoadUser]:
        """Every road user at `time_s`, linearly interpolated between steps."""
        position = min(max(time_s, 0.0), self.duration_s) / self.step_s
        users = []
        for number, track in enumerate(self.tracks):
            local = position - track.first_step
            if not 0.0 <= local <= len(track.rows) - 1:
                continue
            low = int(local)
            high = min(low + 1, len(track.rows) - 1)
            x, y, heading = (
                track.rows[low] + (track.rows[high] - track.rows[low]) * (local - low)
            ).tolist()
            users.append(RoadUser(number, track.kind, x, y, heading))
        return users


def _codes(track: Track) -> npt.NDArray[np.int64]:
    scale = np.array([POSITION_STEP_M, POSITION_STEP_M, HEADING_STEP_RAD])
    return np.rint(track.rows / scale).astype(np.int64)


def save_trace(trace: Trace, path: Path) -> None:
    """Writes a compressed npz: first rows as they are, then differences as int16."""
    tracks = [track for track in trace.tracks if len(track.rows)]
    codes = [_codes(track) for track in tracks]
    first = np.array([code[0] for code in codes], np.int32).reshape(-1, 3)
    deltas = [np.diff(code, axis=0) for code in codes]
    # columns apart, so that alike bytes lie together for the compressor
    delta = np.concatenate([*deltas, np.zeros((0, 3), np.int64)]).astype(np.int16).T
    np.savez_compressed(
        path,
        meta=np.array(json.dumps(trace.meta, sort_keys=True)),
        format=np.array(FORMAT),
        step_s=np.array(trace.step_s),
        steps=np.array(trace.steps),
        kind=np.array([CLASSES.index(track.kind) for track in tracks], np.uint8),
        first_step=np.array([track.first_step for track in tracks], np.int32),
        length=np.array([len(track.rows) for track in tracks], np.int32),
        first=first,
        delta=np.ascontiguousarray(delta),
    )


def load_trace(path: Path) -> Trace:
    """Reads what `save_trace` wrote.

    Raises:
        ValueError: the file has another format version.
    """
    with np.load(path, allow_pickle=False) as file:
        if int(file["format"]) != FORMAT:
            raise ValueError(f"{path} is a trace of format {file['format']}; expected {FORMAT}")
        tracks, start = [], 0
        scale = np.array([POSITION_STEP_M, POSITION_STEP_M, HEADING_STEP_RAD])
        delta = file["delta"].T.astype(np.int64)
        heads = zip(file["kind"], file["first_step"], file["length"], file["first"], strict=True)
        for kind, first_step, length, first in heads:
            part = delta[start : start + length - 1]
            start += int(length) - 1
            codes = np.concatenate([first[None].astype(np.int64), part]).cumsum(axis=0)
            tracks.append(Track(CLASSES[int(kind)], int(first_step), codes * scale))
        meta = json.loads(str(file["meta"]))
        return Trace(float(file["step_s"]), int(file["steps"]), tuple(tracks), meta)


class TraceBuilder:
    """Collects positions step by step; a road user that leaves and returns gets a new track."""

    def __init__(self, step_s: float, radius_m: float) -> None:
        self._step_s = step_s
        self._radius_m = radius_m
        self._step = 0
        self._open: dict[str, tuple[str, int, list[tuple[float, float, float]]]] = {}
        self._done: list[Track] = []

    def add(self, users: dict[str, tuple[str, float, float, float]]) -> None:
        """One step: name -> (kind, x_m, y_m, heading_rad)."""
        near = {n: u for n, u in users.items() if np.hypot(u[1], u[2]) <= self._radius_m}
        for name in [name for name in self._open if name not in near]:
            self._close(name)
        for name, (kind, x, y, heading) in near.items():
            rows = self._open.setdefault(name, (kind, self._step, []))[2]
            if rows:  # unwrapped, so that interpolation never turns the long way
                heading = rows[-1][2] + (heading - rows[-1][2] + np.pi) % (2 * np.pi) - np.pi
            rows.append((x, y, heading))
        self._step += 1

    def _close(self, name: str) -> None:
        kind, first_step, rows = self._open.pop(name)
        self._done.append(Track(kind, first_step, np.array(rows)))

    def build(self, meta: dict[str, Any]) -> Trace:
        """The finished trace; the builder is empty afterwards."""
        for name in list(self._open):
            self._close(name)
        tracks = tuple(sorted(self._done, key=lambda track: track.first_step))
        self._done = []
        return Trace(self._step_s, self._step, tracks, meta)
