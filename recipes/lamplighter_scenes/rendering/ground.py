"""The ground seen from above as one texture, and maps of the light that lamps throw on it.

Both cover the square of ±HALF_EXTENT_M around the junction; row 0 is the south edge. The alpha
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
LAMP_PIXELS = 448
LAMP_HEIGHT_M = 8.0
LAMP_POWER = 55.0
BRIGHTEST_BEAMS = 1.1  # beams that overlap do not add beyond this
BEAM_M = 34.0
BEAM_DECAY_PER_M = 0.075
BEAM_HALF_ANGLE = 0.42  # rad
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
    """Metres to the nearest strip or junction, float32 [LAMP_PIXELS, LAMP_PIXELS]."""
    free = np.full((LAMP_PIXELS, LAMP_PIXELS), 255, np.uint8)
    for strip in street.strips:
        cv2.fillPoly(free, [_pixels(_band(strip), LAMP_PIXELS)], [0], cv2.LINE_8, SHIFT)
    for junction in street.junctions:
        cv2.fillPoly(free, [_pixels(np.array(junction), LAMP_PIXELS)], [0], cv2.LINE_8, SHIFT)
    metres = cv2.distanceTransform(free, cv2.DIST_L2, 5)
    return np.asarray(metres * (2 * HALF_EXTENT_M / LAMP_PIXELS), np.float32)


def _axes() -> Grid:
    return ((np.arange(LAMP_PIXELS) + 0.5) / LAMP_PIXELS * 2 - 1).astype(np.float32) * HALF_EXTENT_M


def street_light_map(posts: Sequence[Point]) -> Grid:
    """Light of street lamps on the ground, float32 [LAMP_PIXELS, LAMP_PIXELS, 3]."""
    axis = _axes()
    total = np.zeros((LAMP_PIXELS, LAMP_PIXELS), np.float32)
    for x, y in posts:
        square = (axis[None, :] - x) ** 2 + (axis[:, None] - y) ** 2 + LAMP_HEIGHT_M**2
        total += LAMP_POWER * LAMP_HEIGHT_M**2 / square**2
    warm = np.array([1.0, 0.8, 0.52], np.float32)
    return np.asarray(total[..., None] * warm, np.float32)


def add_headlights(
    light: Grid, lamps: Sequence[tuple[float, float, float]], strength: float
) -> None:
    """Adds, in place, the beams of headlights given as (x_m, y_m, heading_rad)."""
    beams = np.zeros(light.shape[:2], np.float32)
    axis = _axes()
    cell_m = 2 * HALF_EXTENT_M / LAMP_PIXELS
    white = np.array([1.0, 0.93, 0.8], np.float32)
    for x, y, heading in lamps:
        reach = BEAM_M / 2
        cx, cy = x + np.cos(heading) * reach, y + np.sin(heading) * reach
        low = [max(0, int((v - reach + HALF_EXTENT_M) / cell_m)) for v in (cx, cy)]
        high = [min(LAMP_PIXELS, int((v + reach + HALF_EXTENT_M) / cell_m)) for v in (cx, cy)]
        if low[0] >= high[0] or low[1] >= high[1]:
            continue
        dx = axis[None, low[0] : high[0]] - x
        dy = axis[low[1] : high[1], None] - y
        ahead = dx * np.cos(heading) + dy * np.sin(heading)
        across = -dx * np.sin(heading) + dy * np.cos(heading)
        ratio = (np.abs(across) - 0.5) / np.maximum(ahead, 0.3)
        cone = np.clip((BEAM_HALF_ANGLE - ratio) / 0.2, 0, 1) * (ahead > 0)
        beam = strength * cone * np.exp(-BEAM_DECAY_PER_M * ahead) * np.clip(ahead / 2, 0, 1)
        beams[low[1] : high[1], low[0] : high[0]] += beam.astype(np.float32)
    light += (BRIGHTEST_BEAMS * np.tanh(beams / BRIGHTEST_BEAMS))[..., None] * white
