"""People on foot, on bicycles and on motorcycles as meshes, in their own metres."""

from lamplighter_scenes.rendering.meshes.primitives import (
    ANY,
    BLACK,
    BODY,
    HEADLAMP,
    LAMP,
    RED,
    TAILLAMP,
    Colour,
    Mesh,
    box,
    column,
    disc,
    frustum,
)

SKIN: Colour = (0.72, 0.53, 0.42)
JEANS: Colour = (0.14, 0.17, 0.27)


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
        column(x + 0.2, 0.0, (seat + 0.56, seat + 0.84), 0.12, 0.1, head),
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


def motorcycle() -> list[Mesh]:
    """A motorcycle with its rider."""
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


def bicycle(helmet: bool) -> list[Mesh]:
    """A bicycle with its rider."""
    parts = [
        box((-0.5, 0.45), (-0.02, 0.02), (0.52, 0.58), ANY, BODY),
        box((-0.15, -0.1), (-0.02, 0.02), (0.3, 0.95), ANY, BODY),
        box((0.42, 0.47), (-0.02, 0.02), (0.34, 1.02), ANY, BODY),
        box((0.36, 0.42), (-0.26, 0.26), (1.0, 1.04), BLACK),
    ]
    parts += [disc((x, 0.0, 0.35), 0.35, BLACK, 0.3, corners=16) for x in (-0.53, 0.53)]
    return parts + _rider(-0.18, 0.98, helmet)


def person(stride: float, bag: bool) -> list[Mesh]:
    """Someone on foot, the left leg `stride` metres behind the body."""
    trousers: Colour = JEANS if stride > 0 else (0.1, 0.1, 0.1)
    parts = [
        column(0, 0, (0.82, 1.45), 0.19, 0.23, ANY),
        column(0, 0, (1.47, 1.75), 0.11, 0.09, SKIN),
        _leg(-stride, (-0.18, -0.02), (-0.19, -0.01), trousers),
        _leg(stride, (0.02, 0.18), (0.01, 0.19), trousers),
        _arm(stride, (-0.3, -0.2), (-0.27, -0.17)),
        _arm(-stride, (0.2, 0.3), (0.17, 0.27)),
    ]
    if bag:
        parts.append(box((-0.33, -0.17), (-0.15, 0.15), (0.95, 1.4), (0.25, 0.1, 0.1)))
    return parts


def _leg(x: float, foot_y: tuple[float, float], hip_y: tuple[float, float], c: Colour) -> Mesh:
    return frustum((x - 0.09, x + 0.09, *foot_y), (-0.1, 0.1, *hip_y), (0, 0.84), c)


def _arm(x: float, hand_y: tuple[float, float], shoulder_y: tuple[float, float]) -> Mesh:
    hand, shoulder = (x - 0.05, x + 0.06, *hand_y), (-0.06, 0.06, *shoulder_y)
    return frustum(hand, shoulder, (0.78, 1.4), ANY, BODY)
