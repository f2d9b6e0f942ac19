"""Cars, vans, trucks and buses as meshes, in their own metres."""

from collections.abc import Sequence

from lamplighter_scenes.rendering.meshes.primitives import (
    ANY,
    BLACK,
    BODY,
    GLASS,
    HEADLAMP,
    LAMP,
    RED,
    TAILLAMP,
    Colour,
    Mesh,
    box,
    disc,
    frustum,
)

TRIM: Colour = (0.12, 0.12, 0.13)
GLASS_COLOUR: Colour = (0.07, 0.09, 0.11)
RIM: Colour = (0.45, 0.46, 0.48)
CAR_HALF_WIDTH_M = 0.9


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


def car(
    length: float,
    height: float,
    cabin: tuple[float, float, float, float],
    bonnet_z: float,
    boot_z: float,
) -> list[Mesh]:
    """`cabin`: x of rear bottom, rear top, front top, front bottom, as shares of the length."""
    half = length / 2
    x0, x1, x2, x3 = (share * length - half for share in cabin)
    parts = _car_body(half, (x0, x3), bonnet_z, boot_z)
    parts += _car_cabin((x0, x1, x2, x3), max(bonnet_z, boot_z), height)
    parts += _wheels((-half + length * 0.19, half - length * 0.2), CAR_HALF_WIDTH_M, 0.32)
    return parts + _lamps(half, -half, CAR_HALF_WIDTH_M, 0.55)


def _car_body(
    half: float, cabin: tuple[float, float], bonnet_z: float, boot_z: float
) -> list[Mesh]:
    """Sill, lower body, and the bonnet up to the cabin."""
    w = CAR_HALF_WIDTH_M
    rear, front = cabin
    belt = max(bonnet_z, boot_z)
    return [
        box((-half, half), (-w, w), (0.2, 0.42), TRIM),
        frustum((-half, half, -w, w), (-half + 0.06, half - 0.1, -w, w), (0.34, boot_z), ANY, BODY),
        frustum(
            (rear, half - 0.1, -w, w),
            (rear, front + 0.1, -w + 0.04, w - 0.04),
            (bonnet_z - 0.04, belt + 0.02),
            ANY,
            BODY,
        ),
    ]


def _car_cabin(x: tuple[float, float, float, float], belt: float, height: float) -> list[Mesh]:
    """Windows, roof and door pillars."""
    w = CAR_HALF_WIDTH_M
    roof = (x[1], x[2], -w + 0.2, w - 0.2)
    roof_top = (x[1] + 0.08, x[2] - 0.08, -w + 0.26, w - 0.26)
    middle = (x[1] + x[2]) / 2
    return [
        frustum(
            (x[0], x[3], -w + 0.05, w - 0.05), roof, (belt, height - 0.05), GLASS_COLOUR, GLASS
        ),
        frustum(roof, roof_top, (height - 0.06, height), ANY, BODY),
        *(_pillar(pillar, belt, height) for pillar in (middle - 0.05, x[1] - 0.02)),
    ]


def _pillar(x: float, belt: float, height: float) -> Mesh:
    w = CAR_HALF_WIDTH_M
    bottom, top = (x, x + 0.12, -w + 0.04, w - 0.04), (x, x + 0.12, -w + 0.19, w - 0.19)
    return frustum(bottom, top, (belt, height - 0.05), ANY, BODY)


def van(height: float, windows: bool) -> list[Mesh]:
    """A panel van, or one with side windows."""
    cab_top = (1.4, 1.75, -0.88, 0.88)
    parts = [
        box((-2.7, 2.6), (-1, 1), (0.25, 0.5), TRIM),
        frustum((-2.7, 1.6, -1, 1), (-2.65, 1.45, -0.93, 0.93), (0.4, height), ANY, BODY),
        frustum((1.5, 2.7, -1, 1), (1.5, 2.5, -0.97, 0.97), (0.4, 1.2), ANY, BODY),
        frustum((1.4, 2.45, -0.96, 0.96), cab_top, (1.2, height - 0.15), GLASS_COLOUR, GLASS),
        frustum(
            (1.3, 1.8, -0.9, 0.9),
            (1.3, 1.6, -0.85, 0.85),
            (height - 0.18, height - 0.05),
            ANY,
            BODY,
        ),
    ]
    if windows:
        parts.append(_side_windows(height))
    return parts + _wheels((-1.65, 1.75), 1.0, 0.35) + _lamps(2.7, -2.7, 1.0, 0.7)


def _side_windows(height: float) -> Mesh:
    bottom, top = (-2.4, 1.0, -1.01, 1.01), (-2.4, 1.0, -0.97, 0.97)
    return frustum(bottom, top, (1.25, height - 0.35), GLASS_COLOUR, GLASS, lid=(ANY, BODY))


def truck(load_colour: Colour, material: int, tipper: bool) -> list[Mesh]:
    """A lorry with a closed body, or a tipper."""
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


def bus(stripe: Colour) -> list[Mesh]:
    """A city bus with a stripe of a colour along its sill."""
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
