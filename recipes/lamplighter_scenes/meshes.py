"""Road users and houses as triangle meshes, made from boxes, frustums and discs by code.

A mesh is float32 [vertices, 10], three vertices a triangle: position (x forward, y left, z up,
metres), normal, colour (r, g, b) and a material code. Objects stand on z = 0, centred on x and y.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.road_users import SIZE_M

Mesh = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

PLAIN, BODY, GLASS, HEADLAMP, TAILLAMP, WALL, LEAVES = range(7)

BLACK: Colour = (0.05, 0.05, 0.055)
TRIM: Colour = (0.12, 0.12, 0.13)
GLASS_COLOUR: Colour = (0.07, 0.09, 0.11)
RIM: Colour = (0.45, 0.46, 0.48)
SKIN: Colour = (0.72, 0.53, 0.42)
JEANS: Colour = (0.14, 0.17, 0.27)
WHITE: Colour = (0.8, 0.8, 0.8)
RED: Colour = (0.55, 0.03, 0.03)
LAMP: Colour = (0.85, 0.85, 0.8)
ANY: Colour = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Variant:
    """One shape of a kind; `size_m` is its true extent, for amodal boxes."""

    mesh: Mesh
    size_m: tuple[float, float, float]


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


def _prism(x: float, y: float, z: tuple[float, float], r: float, r_top: float, c: Colour) -> Mesh:
    """A six-sided upright column; body-coloured where `c` is ANY."""
    angle = np.linspace(0, 2 * np.pi, 7)
    parts = []
    for i in range(6):
        low = [(x + r * math.cos(t), y + r * math.sin(t), z[0]) for t in angle[i : i + 2]]
        high = [(x + r_top * math.cos(t), y + r_top * math.sin(t), z[1]) for t in angle[i : i + 2]]
        parts += [low[0], low[1], high[1], low[0], high[1], high[0]]
        parts += [high[0], high[1], (x, y, z[1])]
    return triangles(np.array(parts), c, BODY if c is ANY else PLAIN)


def _wheels(xs: Sequence[float], half_width: float, radius: float) -> list[Mesh]:
    parts = []
    for x in xs:
        for side in (-1, 1):
            y = side * (half_width + 0.01)
            parts.append(disc((x, y, radius), radius, BLACK, radius * 0.6))
            parts.append(disc((x, y, radius), radius * 0.6, RIM))
            parts.append(
                box(
                    (x - radius * 0.7, x + radius * 0.7),
                    (min(y, y - side * 0.2), max(y, y - side * 0.2)),
                    (0.0, radius),
                    BLACK,
                )
            )
    return parts


def _lamps(front: float, rear: float, half_width: float, z: float) -> list[Mesh]:
    parts = []
    for side in (-1, 1):
        y = tuple(sorted((side * half_width * 0.94, side * half_width * 0.58)))
        parts.append(box((front - 0.1, front + 0.02), (y[0], y[1]), (z, z + 0.16), LAMP, HEADLAMP))
        parts.append(
            box((rear - 0.02, rear + 0.1), (y[0], y[1]), (z + 0.1, z + 0.28), RED, TAILLAMP)
        )
    return parts


def _variant(parts: Sequence[Mesh], size_m: tuple[float, float, float]) -> Variant:
    mesh = np.concatenate(parts)
    low, high = mesh[:, :3].min(0), mesh[:, :3].max(0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    mesh[:, :3] = (mesh[:, :3] - middle) * (np.array(size_m) / (high - low))
    return Variant(mesh.astype(np.float32), size_m)


def _car(
    length: float,
    height: float,
    cabin: tuple[float, float, float, float],
    bonnet_z: float,
    boot_z: float,
) -> list[Mesh]:
    """`cabin`: x of rear bottom, rear top, front top, front bottom, as shares of the length."""
    half, w = length / 2, 0.9
    x = [share * length - half for share in cabin]
    belt = max(bonnet_z, boot_z)
    parts = [
        box((-half, half), (-w, w), (0.2, 0.42), TRIM),
        frustum((-half, half, -w, w), (-half + 0.06, half - 0.1, -w, w), (0.34, boot_z), ANY, BODY),
        frustum(
            (x[0], half - 0.1, -w, w),
            (x[0], x[3] + 0.1, -w + 0.04, w - 0.04),
            (bonnet_z - 0.04, belt + 0.02),
            ANY,
            BODY,
        ),
        frustum(
            (x[0], x[3], -w + 0.05, w - 0.05),
            (x[1], x[2], -w + 0.2, w - 0.2),
            (belt, height - 0.05),
            GLASS_COLOUR,
            GLASS,
        ),
        frustum(
            (x[1], x[2], -w + 0.2, w - 0.2),
            (x[1] + 0.08, x[2] - 0.08, -w + 0.26, w - 0.26),
            (height - 0.06, height),
            ANY,
            BODY,
        ),
    ]
    middle = (x[1] + x[2]) / 2  # door pillars
    parts += [
        frustum(
            (share, share + 0.12, -w + 0.04, w - 0.04),
            (share, share + 0.12, -w + 0.19, w - 0.19),
            (belt, height - 0.05),
            ANY,
            BODY,
        )
        for share in (middle - 0.05, x[1] - 0.02)
    ]
    parts += _wheels((-half + length * 0.19, half - length * 0.2), w, 0.32)
    return parts + _lamps(half, -half, w, 0.55)


def _cars() -> list[Variant]:
    shapes = [
        ((4.0, 1.76, 1.48), 0.92, 0.95, (0.01, 0.09, 0.58, 0.74)),  # hatchback
        ((4.65, 1.82, 1.45), 0.86, 0.98, (0.17, 0.30, 0.60, 0.75)),  # saloon
        ((4.6, 1.82, 1.5), 0.88, 0.95, (0.01, 0.08, 0.60, 0.74)),  # estate
        ((4.5, 1.88, 1.72), 1.0, 1.05, (0.01, 0.06, 0.60, 0.73)),  # SUV
        ((3.6, 1.65, 1.5), 0.92, 0.95, (0.01, 0.07, 0.64, 0.82)),  # small car
        ((4.4, 1.82, 1.65), 0.95, 0.98, (0.01, 0.05, 0.62, 0.86)),  # people carrier
    ]
    return [
        _variant(_car(size[0], size[2], cabin, bonnet, boot), size)
        for size, bonnet, boot, cabin in shapes
    ]


def _van(height: float, windows: bool) -> list[Mesh]:
    parts = [
        box((-2.7, 2.6), (-1, 1), (0.25, 0.5), TRIM),
        frustum((-2.7, 1.6, -1, 1), (-2.65, 1.45, -0.93, 0.93), (0.4, height), ANY, BODY),
        frustum((1.5, 2.7, -1, 1), (1.5, 2.5, -0.97, 0.97), (0.4, 1.2), ANY, BODY),
        frustum(
            (1.4, 2.45, -0.96, 0.96),
            (1.4, 1.75, -0.88, 0.88),
            (1.2, height - 0.15),
            GLASS_COLOUR,
            GLASS,
        ),
        frustum(
            (1.3, 1.8, -0.9, 0.9),
            (1.3, 1.6, -0.85, 0.85),
            (height - 0.18, height - 0.05),
            ANY,
            BODY,
        ),
    ]
    if windows:
        parts.append(
            frustum(
                (-2.4, 1.0, -1.01, 1.01),
                (-2.4, 1.0, -0.97, 0.97),
                (1.25, height - 0.35),
                GLASS_COLOUR,
                GLASS,
                lid=(ANY, BODY),
            )
        )
    return parts + _wheels((-1.65, 1.75), 1.0, 0.35) + _lamps(2.7, -2.7, 1.0, 0.7)


def _truck(load_colour: Colour, material: int, tipper: bool) -> list[Mesh]:
    top = 2.2 if tipper else 3.3
    parts = [
        box((-4.2, 4.1), (-1.0, 1.0), (0.5, 0.9), TRIM),
        box((-4.25, 1.9), (-1.25, 1.25), (0.95, top), load_colour, material),
        frustum((2.1, 4.25, -1.2, 1.2), (2.1, 4.1, -1.15, 1.15), (0.45, 2.75), ANY, BODY),
        frustum(
            (3.3, 4.28, -1.16, 1.16),
            (3.3, 4.18, -1.1, 1.1),
            (1.55, 2.35),
            GLASS_COLOUR,
            GLASS,
            lid=(ANY, BODY),
        ),
    ]
    if tipper:
        parts.append(box((2.0, 2.2), (-1.1, 1.1), (0.9, 3.1), TRIM))
    return parts + _wheels((-3.1, -2.0, 3.0), 1.2, 0.5) + _lamps(4.25, -4.25, 1.2, 0.75)


def _bus(stripe: Colour) -> list[Mesh]:
    w = 1.27
    parts = [
        box((-6, 6), (-w, w), (0.3, 1.25), ANY, BODY),
        box((-6.01, 6.01), (-w - 0.01, w + 0.01), (0.3, 0.55), stripe),
        box((-5.98, 6.02), (-w + 0.02, w - 0.02), (1.25, 2.45), GLASS_COLOUR, GLASS),
        box((-6, 6), (-w, w), (2.45, 2.95), ANY, BODY),
        box((-3.5, 0.5), (-0.8, 0.8), (2.95, 3.1), (0.6, 0.6, 0.6)),
        box((5.2, 6.04), (-0.8, 0.8), (2.5, 2.85), (0.02, 0.02, 0.02)),
        box((5.9, 6.03), (-0.6, 0.6), (2.58, 2.76), (0.9, 0.55, 0.1), HEADLAMP),
    ]
    parts += [
        box((x, x + 0.14), (-w, w), (1.25, 2.45), ANY, BODY) for x in (-6, -4.3, -2.2, 0, 2.2, 4.2)
    ]
    return parts + _wheels((-3.2, 3.7), w, 0.48) + _lamps(6, -6, w, 0.65)


def _rider(x: float, seat: float, helmet: bool) -> list[Mesh]:
    head: Colour = BLACK if helmet else SKIN
    return [
        frustum(
            (x - 0.14, x + 0.12, -0.2, 0.2),
            (x + 0.05, x + 0.27, -0.22, 0.22),
            (seat, seat + 0.55),
            ANY,
            BODY,
        ),
        _prism(x + 0.2, 0.0, (seat + 0.56, seat + 0.84), 0.12, 0.1, head),
        box((x - 0.05, x + 0.35), (-0.2, -0.08), (seat - 0.12, seat + 0.05), JEANS),
        box((x - 0.05, x + 0.35), (0.08, 0.2), (seat - 0.12, seat + 0.05), JEANS),
        box((x + 0.22, x + 0.36), (-0.2, -0.09), (seat - 0.55, seat), JEANS),
        box((x + 0.1, x + 0.24), (0.09, 0.2), (seat - 0.45, seat), JEANS),
        frustum(
            (x + 0.2, x + 0.32, -0.26, 0.26),
            (x + 0.15, x + 0.25, -0.26, 0.26),
            (seat + 0.28, seat + 0.45),
            ANY,
            BODY,
        ),
    ]


def _motorcycle() -> list[Mesh]:
    parts = [
        box((-0.75, 0.5), (-0.16, 0.16), (0.4, 0.85), ANY, BODY),
        box((0.4, 0.75), (-0.2, 0.2), (0.6, 1.1), ANY, BODY),
        box((0.7, 0.78), (-0.12, 0.12), (0.75, 0.95), LAMP, HEADLAMP),
        box((-0.98, -0.9), (-0.1, 0.1), (0.65, 0.8), RED, TAILLAMP),
        box((0.35, 0.45), (-0.38, 0.38), (1.0, 1.06), BLACK),
    ]
    for x in (-0.72, 0.72):
        parts += [disc((x, y, 0.32), 0.32, BLACK, 0.14) for y in (-0.07, 0.07)]
    return parts + _rider(-0.25, 0.85, True)


def _bicycle(helmet: bool) -> list[Mesh]:
    parts = [
        box((-0.5, 0.45), (-0.02, 0.02), (0.52, 0.58), ANY, BODY),
        box((-0.15, -0.1), (-0.02, 0.02), (0.3, 0.95), ANY, BODY),
        box((0.42, 0.47), (-0.02, 0.02), (0.34, 1.02), ANY, BODY),
        box((0.36, 0.42), (-0.26, 0.26), (1.0, 1.04), BLACK),
    ]
    parts += [disc((x, 0.0, 0.35), 0.35, BLACK, 0.3, corners=16) for x in (-0.53, 0.53)]
    return parts + _rider(-0.18, 0.98, helmet)


def _person(stride: float, bag: bool) -> list[Mesh]:
    legs: Colour = JEANS if stride > 0 else (0.1, 0.1, 0.1)
    parts = [
        _prism(0, 0, (0.82, 1.45), 0.19, 0.23, ANY),
        _prism(0, 0, (1.47, 1.75), 0.11, 0.09, SKIN),
        frustum(
            (-stride - 0.09, -stride + 0.09, -0.18, -0.02),
            (-0.1, 0.1, -0.19, -0.01),
            (0, 0.84),
            legs,
        ),
        frustum(
            (stride - 0.09, stride + 0.09, 0.02, 0.18), (-0.1, 0.1, 0.01, 0.19), (0, 0.84), legs
        ),
        frustum(
            (stride - 0.05, stride + 0.06, -0.3, -0.2),
            (-0.06, 0.06, -0.27, -0.17),
            (0.78, 1.4),
            ANY,
            BODY,
        ),
        frustum(
            (-stride - 0.05, -stride + 0.06, 0.2, 0.3),
            (-0.06, 0.06, 0.17, 0.27),
            (0.78, 1.4),
            ANY,
            BODY,
        ),
    ]
    if bag:
        parts.append(box((-0.33, -0.17), (-0.15, 0.15), (0.95, 1.4), (0.25, 0.1, 0.1)))
    return parts


def all_variants() -> dict[str, list[Variant]]:
    """Every kind with its shapes."""
    size = SIZE_M
    return {
        "car": _cars(),
        "van": [
            _variant(_van(2.3, False), size["van"]),
            _variant(_van(2.5, False), (5.6, 2.0, 2.5)),
            _variant(_van(2.05, True), (5.1, 1.95, 2.05)),
        ],
        "truck": [
            _variant(_truck(WHITE, PLAIN, False), size["truck"]),
            _variant(_truck(ANY, BODY, False), (7.8, 2.5, 3.2)),
            _variant(_truck((0.4, 0.36, 0.3), PLAIN, True), (8.2, 2.5, 3.0)),
        ],
        "bus": [
            _variant(_bus((0.6, 0.1, 0.1)), size["bus"]),
            _variant(_bus((0.1, 0.2, 0.45)), (11.5, 2.55, 3.0)),
        ],
        "motorcycle": [_variant(_motorcycle(), size["motorcycle"])],
        "bicycle": [
            _variant(_bicycle(False), size["bicycle"]),
            _variant(_bicycle(True), (1.75, 0.6, 1.7)),
        ],
        "person": [
            _variant(_person(0.2, False), (0.55, 0.55, 1.75)),
            _variant(_person(0.1, True), (0.5, 0.55, 1.7)),
            _variant(_person(-0.16, False), (0.5, 0.5, 1.62)),
        ],
    }


def house(x: tuple[float, float], y: tuple[float, float], height_m: float, colour: Colour) -> Mesh:
    """A house; windows are drawn by the shader."""
    return box(x, y, (0.0, height_m), colour, WALL)


def tree(x: float, y: float, height_m: float, colour: Colour) -> Mesh:
    """A trunk and three stacked crowns."""
    crown = height_m * 0.25
    parts = [box((x - 0.15, x + 0.15), (y - 0.15, y + 0.15), (0, height_m * 0.4), (0.2, 0.15, 0.1))]
    for low, high, r, r_top in ((0.3, 0.55, 0.7, 1.0), (0.55, 0.8, 1.0, 0.8), (0.8, 1.0, 0.8, 0.2)):
        part = _prism(x, y, (low * height_m, high * height_m), r * crown, r_top * crown, colour)
        part[:, 9] = LEAVES
        parts.append(part)
    return np.concatenate(parts)


def lamp_post(x: float, y: float, height_m: float) -> Mesh:
    """A street lamp."""
    head = box((x - 0.2, x + 0.2), (y - 0.2, y + 0.2), (height_m - 0.2, height_m), LAMP, HEADLAMP)
    pole = box((x - 0.06, x + 0.06), (y - 0.06, y + 0.06), (0, height_m), (0.3, 0.3, 0.3))
    return np.concatenate([pole, head])
