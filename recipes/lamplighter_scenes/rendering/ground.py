"""The ground seen from above as one texture.

It covers the square of ±HALF_EXTENT_M around the junction; row 0 is the south edge. The alpha
channel of the ground is 1 where the surface is road (it shines when wet).
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from lamplighter_scenes.street import Point, Street, Strip

HALF_EXTENT_M = 112.0
OVERLAP_M = 0.1  # strips reach so far into their neighbours, that no gap shows
GROUND_PIXELS = 4096
MAP_PIXELS = 448  # of coarser maps over the same square
PAINT: tuple[float, float, float] = (0.74, 0.74, 0.72)
COLOURS = {
    "road": (0.27, 0.27, 0.28),
    "bike": (0.42, 0.27, 0.24),
    "sidewalk": (0.5, 0.48, 0.46),
    "verge": (0.25, 0.31, 0.17),
}
SHIFT = 4  # fixed-point bits of cv2's polygon drawing

Grid = npt.NDArray[np.float32]


def _pixels(points: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.int32]:
    scaled = (points / (2 * HALF_EXTENT_M) + 0.5) * size * (1 << SHIFT)
    return np.rint(scaled).astype(np.int32)


def _offset(shape: Sequence[Point], by_m: float) -> npt.NDArray[np.float64]:
    points = np.array(shape, np.float64)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    return points + np.stack([-along[:, 1], along[:, 0]], axis=1) * by_m


def _fill(canvas: npt.NDArray[np.uint8], points: npt.NDArray[np.float64], colour: Point) -> None:
    values = [round(channel * 255) for channel in colour]
    cv2.fillPoly(canvas, [_pixels(points, len(canvas))], values, cv2.LINE_AA, SHIFT)


def _band(strip: Strip) -> npt.NDArray[np.float64]:
    half = strip.width_m / 2 + OVERLAP_M
    return np.concatenate([_offset(strip.shape, half), _offset(strip.shape, -half)[::-1]])


def _dashes(canvas: npt.NDArray[np.uint8], strip: Strip, side: int, dashed: bool) -> None:
    line = _offset(strip.shape, side * strip.width_m / 2)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()
    distance = np.arange(0.0, steps[-1], 0.5)
    at = np.concatenate([[0.0], steps])
    points = np.stack([np.interp(distance, at, line[:, i]) for i in (0, 1)], axis=1)
    for start in range(0, len(points) - 1, 18 if dashed else 6):
        piece = points[start : start + 7]
        quad = np.concatenate([_offset(piece.tolist(), 0.07), _offset(piece.tolist(), -0.07)[::-1]])
        if len(piece) > 1:
            _fill(canvas, quad, (*PAINT, 1.0))  # type: ignore[arg-type]


def _paint(canvas: npt.NDArray[np.uint8], street: Street) -> None:
    order = {"verge": 0, "road": 1, "bike": 2, "sidewalk": 3}
    rgba = {kind: (*colour, float(kind == "road")) for kind, colour in COLOURS.items()}
    for strip in sorted(street.strips, key=lambda s: order[s.kind]):
        if not strip.inside_junction:
            _fill(canvas, _band(strip), rgba[strip.kind])  # type: ignore[arg-type]
    for junction in street.junctions:
        _fill(canvas, np.array(junction), rgba["road"])  # type: ignore[arg-type]
    for strip in street.strips:
        if strip.inside_junction and strip.kind != "road":
            _fill(canvas, _band(strip), rgba[strip.kind])  # type: ignore[arg-type]
    for strip in street.strips:
        if strip.kind == "road" and not strip.inside_junction:
            _dashes(canvas, strip, 1, dashed=True)
            _dashes(canvas, strip, -1, dashed=True)
    for a, b in street.stop_lines:
        along = np.array(b) - np.array(a)
        normal = np.array([along[1], -along[0]]) / (np.linalg.norm(along) + 1e-9) * 0.25
        quad = np.array([a + normal, b + normal, b - normal, a - normal])
        _fill(canvas, quad, (*PAINT, 1.0))  # type: ignore[arg-type]


def _texture_noise(rng: np.random.Generator, size: int) -> Grid:
    noise = np.zeros((size, size), np.float32)
    for cells, weight in ((64, 0.05), (512, 0.05), (size // 2, 0.05)):
        coarse = rng.normal(0, weight, (cells, cells)).astype(np.float32)
        noise += cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    return noise


def ground_texture(street: Street, seed: int) -> npt.NDArray[np.uint8]:
    """RGBA uint8 [GROUND_PIXELS, GROUND_PIXELS, 4]."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((GROUND_PIXELS, GROUND_PIXELS, 4), np.uint8)
    canvas[:] = [66, 78, 45, 0]
    _paint(canvas, street)
    factor = 1.0 + _texture_noise(rng, GROUND_PIXELS)
    for channel in range(3):
        canvas[..., channel] = np.clip(canvas[..., channel] * factor, 0, 255)
    return canvas


def clearance(street: Street) -> Grid:
    """Metres to the nearest strip or junction, float32 [MAP_PIXELS, MAP_PIXELS]."""
    free = np.full((MAP_PIXELS, MAP_PIXELS), 255, np.uint8)
    for strip in street.strips:
        cv2.fillPoly(free, [_pixels(_band(strip), MAP_PIXELS)], [0], cv2.LINE_8, SHIFT)
    for junction in street.junctions:
        cv2.fillPoly(free, [_pixels(np.array(junction), MAP_PIXELS)], [0], cv2.LINE_8, SHIFT)
    metres = cv2.distanceTransform(free, cv2.DIST_L2, 5)
    return np.asarray(metres * (2 * HALF_EXTENT_M / MAP_PIXELS), np.float32)


def clear_m(free_m: Grid, x: float, y: float) -> float:
    """Metres from a point to the nearest strip or junction; beyond the map, a guess."""
    size = len(free_m)
    column = int((x / (2 * HALF_EXTENT_M) + 0.5) * size)
    row = int((y / (2 * HALF_EXTENT_M) + 0.5) * size)
    if not (0 <= row < size and 0 <= column < size):
        return 20.0 if min(abs(x), abs(y)) > 60 else 0.0
    return float(free_m[row, column])
