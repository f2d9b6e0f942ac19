"""Maps of the light that street lamps and headlights throw on the ground at night.

They cover the same square as the ground's texture.
"""

from collections.abc import Sequence

import numpy as np

from lamplighter_scenes.rendering.ground import HALF_EXTENT_M, MAP_PIXELS, Grid
from lamplighter_scenes.street import Point

LAMP_HEIGHT_M = 8.0
LAMP_POWER = 55.0
BRIGHTEST_BEAMS = 1.1  # beams that overlap do not add beyond this
BEAM_M = 34.0
BEAM_DECAY_PER_M = 0.075
BEAM_HALF_ANGLE = 0.42  # rad


def _axes() -> Grid:
    return ((np.arange(MAP_PIXELS) + 0.5) / MAP_PIXELS * 2 - 1).astype(np.float32) * HALF_EXTENT_M


def street_light_map(posts: Sequence[Point]) -> Grid:
    """Light of street lamps on the ground, float32 [MAP_PIXELS, MAP_PIXELS, 3]."""
    axis = _axes()
    total = np.zeros((MAP_PIXELS, MAP_PIXELS), np.float32)
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
    cell_m = 2 * HALF_EXTENT_M / MAP_PIXELS
    white = np.array([1.0, 0.93, 0.8], np.float32)
    for x, y, heading in lamps:
        reach = BEAM_M / 2
        cx, cy = x + np.cos(heading) * reach, y + np.sin(heading) * reach
        low = [max(0, int((v - reach + HALF_EXTENT_M) / cell_m)) for v in (cx, cy)]
        high = [min(MAP_PIXELS, int((v + reach + HALF_EXTENT_M) / cell_m)) for v in (cx, cy)]
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
