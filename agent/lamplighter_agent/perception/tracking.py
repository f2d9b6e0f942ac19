"""Follow objects from frame to frame.

Tracking by detection with a constant-velocity forecast and greedy matching by overlap, after SORT
(Bewley et al., 2016); an exponential mean stands in for the Kalman filter, and the distance of
centres breaks in where small boxes no longer overlap at low frame rates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, iou_matrix
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MIN_HITS = 2  # seen this often before it is believed
COAST_S = 1.0  # kept without being seen; at least COAST_FRAMES frames
COAST_FRAMES = 3
VELOCITY_S = 0.4  # time constant of the velocity's mean
MIN_AFFINITY = 0.02
NEAR_WEIGHT = 0.2  # affinity of touching centres without overlap; below any fair overlap
WAYPOINTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of what a lost track would have gone since
EDGE = 0.04  # of the picture: a track that ends this close to the border has driven out


@dataclass(frozen=True, slots=True)
class Tracks:
    """Confirmed tracks seen in the newest frame; all arrays have the same length n."""

    at: float
    ids: Ints
    boxes: Floats  # [n, 4] x1, y1, x2, y2 in camera pixels
    velocity: Floats  # [n, 2] pixels per second
    classes: Ints  # [n] by majority of scores
    before: Floats  # [n, 2] foot point (middle of the lower edge) when last seen before
    before_at: NDArray[np.float64]  # [n] wall time of that
    origin: Floats  # [n, 2] foot point when first seen

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def feet(self) -> Floats:
        """[n, 2] middle of the lower edge: where the object stands."""
        return feet(self.boxes)


def feet(boxes: Floats) -> Floats:
    """[n, 2] middle of the lower edge of boxes [n, ≥4]."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


@dataclass(slots=True)
class _State:
    ids: Ints
    boxes: Floats
    velocity: Floats
    hits: Ints
    seen: NDArray[np.float64]  # wall time
    misses: Ints
    votes: Floats  # [n, classes]
    centre: Floats  # [n, 2] where it was last seen; `boxes` moves on while it is not seen
    foot: Floats
    before: Floats
    before_at: NDArray[np.float64]
    origin: Floats

    def pick(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> "_State":
        return _State(*(getattr(self, name)[index] for name in self.__slots__))

    def join(self, other: "_State") -> "_State":
        return _State(
            *(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__slots__)
        )


def _hides_none(points: Floats) -> Bools:
    return np.zeros(len(points), bool)


class Tracker:
    """Gives objects an identity. Sizes are of the camera picture in pixels.

    Args:
        hides: which foot points [n, 2] are where nobody is told of: who ends on the way there has
            not been lost.
    """

    def __init__(
        self, width: int, height: int, hides: Callable[[Floats], Bools] = _hides_none
    ) -> None:
        self._width, self._height, self._hides = width, height, hides
        self._next_id = 1
        self._at: float | None = None
        self._state = self._born(np.zeros((0, 6), np.float32), 0.0)
        self.breaks = 0
        self.fresh = 0  # objects of the newest frame that were not known before

    @property
    def follows(self) -> int:
        """Objects that are followed, with those seen once and those out of sight for a moment."""
        return len(self._state.ids)

    def resize(self, width: int, height: int) -> None:
        """Pictures have another size from here on."""
        self._width, self._height = width, height

    def take_breaks(self) -> int:
        """Confirmed tracks lost inside the picture since the last call."""
        breaks, self.breaks = self.breaks, 0
        return breaks

    def update(self, boxes: Floats, at: float) -> Tracks:
        """Match boxes [n, 6] (x1, y1, x2, y2, score, class) seen at wall time `at`."""
        if self._at is not None and at < self._at:  # the clock was set back: begin anew
            self._state, self._at = self._born(np.zeros((0, 6), np.float32), at), None
        state = self._state
        gap_s = max(at - self._at, 1e-3) if self._at is not None else 0.0
        self._at = at
        forecast = state.boxes + np.tile(state.velocity, 2) * np.float32(gap_s)
        rows, columns = match(forecast, boxes)
        state.misses += 1
        self._move(rows, boxes[columns], at)
        fresh = np.ones(len(boxes), bool)
        fresh[columns] = False
        self.fresh = int(fresh.sum())
        lost = np.ones(len(state.ids), bool)
        lost[rows] = False
        state.boxes[lost] = forecast[lost]
        self._state = self._without_old(at)
        if fresh.any():
            self._state = self._state.join(self._born(boxes[fresh], at))
        return self._visible(at)

    def _move(self, rows: NDArray[np.intp], boxes: Floats, at: float) -> None:
        state = self._state
        if not len(rows):
            return
        gap_s = np.maximum(at - state.seen[rows], 1e-3).astype(np.float32)
        centre = (boxes[:, :2] + boxes[:, 2:4]) / 2
        speed = (centre - state.centre[rows]) / gap_s[:, None]
        weight = np.maximum(1 - np.exp(-gap_s / VELOCITY_S), 1 / state.hits[rows])[:, None]
        velocity = state.velocity[rows] * (1 - weight) + speed * weight
        state.velocity[rows] = velocity.astype(np.float32)
        state.before[rows] = state.foot[rows]
        state.before_at[rows] = state.seen[rows]
        state.foot[rows] = feet(boxes)
        state.centre[rows] = centre
        state.boxes[rows] = boxes[:, :4]
        state.hits[rows] += 1
        state.misses[rows] = 0
        state.seen[rows] = at
        state.votes[rows, boxes[:, 5].astype(np.intp)] += boxes[:, 4]

    def _born(self, boxes: Floats, at: float) -> _State:
        count = len(boxes)
        ids = np.arange(self._next_id, self._next_id + count, dtype=np.int64)
        self._next_id += count
        votes = np.zeros((count, len(CLASSES)), np.float32)
        votes[np.arange(count), boxes[:, 5].astype(np.intp)] = boxes[:, 4]
        return _State(
            ids=ids,
            boxes=boxes[:, :4].astype(np.float32),
            velocity=np.zeros((count, 2), np.float32),
            hits=np.ones(count, np.int64),
            seen=np.full(count, at, np.float64),
            misses=np.zeros(count, np.int64),
            votes=votes,
            centre=((boxes[:, :2] + boxes[:, 2:4]) / 2).astype(np.float32),
            foot=feet(boxes),
            before=feet(boxes),
            before_at=np.full(count, at, np.float64),
            origin=feet(boxes),
        )

    def _without_old(self, at: float) -> _State:
        state = self._state
        old = (at - state.seen > COAST_S) & (state.misses >= COAST_FRAMES)
        unproven = (state.hits < MIN_HITS) & (state.misses > 0)
        gone = old | unproven
        if not gone.any():
            return state
        ended = state.pick(old & ~unproven & ~self._at_edge(state.boxes))
        self.breaks += int((~self._on_the_way_to_hidden(ended)).sum())
        return state.pick(~gone)

    def _on_the_way_to_hidden(self, ended: _State) -> Bools:
        """[n] between where they were seen last and where they would be now."""
        hidden = np.zeros(len(ended.ids), bool)
        way = feet(ended.boxes) - ended.foot
        for share in WAYPOINTS if len(hidden) else ():
            hidden |= self._hides(ended.foot + np.float32(share) * way)
        return hidden

    def _at_edge(self, boxes: Floats) -> NDArray[np.bool_]:
        x, y = self._width * EDGE, self._height * EDGE
        return (
            (boxes[:, 0] < x)
            | (boxes[:, 1] < y)
            | (boxes[:, 2] > self._width - x)
            | (boxes[:, 3] > self._height - y)
        )

    def _visible(self, at: float) -> Tracks:
        state = self._state
        index = np.flatnonzero((state.misses == 0) & (state.hits >= MIN_HITS))
        return Tracks(
            at,
            state.ids[index],
            state.boxes[index],
            state.velocity[index],
            state.votes[index].argmax(axis=1),
            state.before[index],
            state.before_at[index],
            state.origin[index],
        )


def match(a: Floats, b: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of rows of boxes a [n, ≥4] and b [m, ≥4], greedily by affinity, each at most once."""
    if not len(a) or not len(b):
        none = np.zeros(0, np.intp)
        return none, none
    overlaps = iou_matrix(a, b)
    affinity = np.where(overlaps > NEAR_WEIGHT, overlaps, 0)
    if not affinity.any(axis=0).all():  # somebody overlaps nobody: look at distances too
        affinity = np.maximum(overlaps, NEAR_WEIGHT * _nearness(a, b))
    rows, columns = np.nonzero(affinity > MIN_AFFINITY)
    order = np.argsort(-affinity[rows, columns], kind="stable")
    used_a, used_b, pairs = set[int](), set[int](), list[tuple[int, int]]()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in used_a and column not in used_b:
            used_a.add(row)
            used_b.add(column)
            pairs.append((row, column))
    matched = np.array(pairs, np.intp).reshape(-1, 2)
    return matched[:, 0], matched[:, 1]


def _nearness(a: Floats, b: Floats) -> Floats:
    """1 where centres coincide, 0 from one box size apart, [n, m]."""
    centre_a, centre_b = (a[:, :2] + a[:, 2:4]) / 2, (b[:, :2] + b[:, 2:4]) / 2
    size = np.maximum((b[:, 2:4] - b[:, :2]).max(axis=1), 1.0)
    apart = np.linalg.norm(centre_a[:, None] - centre_b[None], axis=2)
    return np.asarray(np.clip(1 - apart / size[None], 0, 1), np.float32)
