"""Triangle meshes of boxes, frustums, discs and columns.

A mesh is float32 [vertices, 10], three vertices a triangle: position (x forward, y left, z up,
metres), normal, colour (r, g, b) and a material code. Objects stand on z = 0, centred on x and y.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mesh = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

PLAIN, BODY, GLASS, HEADLAMP, TAILLAMP, WALL, LEAVES = range(7)

BLACK: Colour = (0.05, 0.05, 0.055)
LAMP: Colour = (0.85, 0.85, 0.8)
RED: Colour = (0.55, 0.03, 0.03)
ANY: Colour = (0.5, 0.5, 0.5)  # painted in the object's own colour


def triangles(points: npt.NDArray[np.float64], colour: Colour, material: int) -> Mesh:
    """Points [3 k, 3] to a mesh with flat normals."""
    a, b, c = points[0::3], points[1::3], points[2::3]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    look = np.tile([*colour, float(material)], (len(points), 1))
    return np.concatenate([points, np.repeat(normal, 3, 0), look], axis=1).astype(np.float32)


def _quads(corners: npt.NDArray[np.float64], quads: Sequence[Sequence[int]]) -> Mesh:
    index = [i for q in quads for i in (q[0], q[1], q[2], q[0], q[2], q[3])]
    return np.asarray(corners[index], dtype=np.float32)


SIDES = ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
LID = ((4, 5, 6, 7),)


def frustum(
    bottom: tuple[float, float, float, float],
    top: tuple[float, float, float, float],
    z: tuple[float, float],
    colour: Colour,
    material: int = PLAIN,
    lid: tuple[Colour, int] | None = None,
) -> Mesh:
    """A hexahedron between two rectangles (x0, x1, y0, y1) at the heights `z`."""
    rows = []
    for (x0, x1, y0, y1), height in ((bottom, z[0]), (top, z[1])):
        rows += [(x0, y0, height), (x1, y0, height), (x1, y1, height), (x0, y1, height)]
    corners = np.array(rows, np.float64)
    roof = lid or (colour, material)
    sides = triangles(_quads(corners, SIDES).astype(np.float64), colour, material)
    return np.concatenate(
        [sides, triangles(_quads(corners, LID).astype(np.float64), roof[0], roof[1])]
    )


def box(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    colour: Colour,
    material: int = PLAIN,
) -> Mesh:
    """An upright box."""
    flat = (x[0], x[1], y[0], y[1])
    return frustum(flat, flat, z, colour, material)


def disc(
    centre: tuple[float, float, float],
    radius: float,
    colour: Colour,
    inner: float = 0.0,
    corners: int = 12,
) -> Mesh:
    """An upright disc or ring in the x-z plane."""
    angle = np.linspace(0, 2 * np.pi, corners + 1)
    ring = np.stack([np.cos(angle), np.zeros_like(angle), np.sin(angle)], axis=1)
    outer_points, inner_points = ring * radius + centre, ring * inner + centre
    parts = []
    for i in range(corners):
        a, b = outer_points[i], outer_points[i + 1]
        c, d = inner_points[i + 1], inner_points[i]
        parts += [a, b, c, a, c, d]
    return triangles(np.array(parts), colour, PLAIN)


def column(x: float, y: float, z: tuple[float, float], r: float, r_top: float, c: Colour) -> Mesh:
    """A six-sided upright column from radius `r` to `r_top`; body-coloured where `c` is ANY."""
    angle = np.linspace(0, 2 * np.pi, 7)
    parts = []
    for i in range(6):
        low = [(x + r * math.cos(t), y + r * math.sin(t), z[0]) for t in angle[i : i + 2]]
        high = [(x + r_top * math.cos(t), y + r_top * math.sin(t), z[1]) for t in angle[i : i + 2]]
        parts += [low[0], low[1], high[1], low[0], high[1], high[0]]
        parts += [high[0], high[1], (x, y, z[1])]
    return triangles(np.array(parts), c, BODY if c is ANY else PLAIN)
