"""Houses, trees and street lamps as meshes, where they stand."""

import numpy as np

from lamplighter_scenes.rendering.meshes.primitives import (
    HEADLAMP,
    LAMP,
    LEAVES,
    WALL,
    Colour,
    Mesh,
    box,
    column,
)


def house(x: tuple[float, float], y: tuple[float, float], height_m: float, colour: Colour) -> Mesh:
    """A house; windows are drawn by the shader."""
    return box(x, y, (0.0, height_m), colour, WALL)


def tree(x: float, y: float, height_m: float, colour: Colour) -> Mesh:
    """A trunk and three stacked crowns."""
    crown = height_m * 0.25
    parts = [box((x - 0.15, x + 0.15), (y - 0.15, y + 0.15), (0, height_m * 0.4), (0.2, 0.15, 0.1))]
    for low, high, r, r_top in ((0.3, 0.55, 0.7, 1.0), (0.55, 0.8, 1.0, 0.8), (0.8, 1.0, 0.8, 0.2)):
        part = column(x, y, (low * height_m, high * height_m), r * crown, r_top * crown, colour)
        part[:, 9] = LEAVES
        parts.append(part)
    return np.concatenate(parts)


def lamp_post(x: float, y: float, height_m: float) -> Mesh:
    """A street lamp."""
    head = box((x - 0.2, x + 0.2), (y - 0.2, y + 0.2), (height_m - 0.2, height_m), LAMP, HEADLAMP)
    pole = box((x - 0.06, x + 0.06), (y - 0.06, y + 0.06), (0, height_m), (0.3, 0.3, 0.3))
    return np.concatenate([pole, head])
