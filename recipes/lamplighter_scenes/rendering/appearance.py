"""From road users of a trace to what is drawn: shape, colour, lights."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from lamplighter_scenes.road_users import SIZE_M
from lamplighter_scenes.trace import RoadUser

PALETTE = np.array(
    [
        (0.82, 0.82, 0.83),
        (0.05, 0.05, 0.06),
        (0.45, 0.47, 0.5),
        (0.22, 0.24, 0.27),
        (0.62, 0.64, 0.66),
        (0.5, 0.06, 0.06),
        (0.07, 0.13, 0.4),
        (0.1, 0.28, 0.18),
        (0.62, 0.55, 0.3),
        (0.3, 0.2, 0.14),
        (0.15, 0.32, 0.5),
        (0.7, 0.3, 0.08),
    ]
)
PALETTE_WEIGHTS = np.array([5, 5, 4, 4, 3, 2, 3, 1, 1, 1, 1.5, 0.7])
RARE_KINDS = ("van", "truck", "bus", "motorcycle")
RARE_WEIGHTS = (0.3, 0.25, 0.25, 0.2)
GAP_M = 1.0


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One object to draw; `number` is its track in the trace."""

    kind: str
    x_m: float
    y_m: float
    heading_rad: float
    shape: int = 0
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    number: int = 0
    brake: float = 0.0


def dress(users: Iterable[RoadUser], seed: int, shape_counts: dict[str, int]) -> list[SceneObject]:
    """Gives each road user a shape and colour that depend on `seed` and its track alone."""
    dressed = []
    for user in users:
        digest = hashlib.blake2b(f"{seed}/{user.track}".encode(), digest_size=8).digest()
        rng = np.random.default_rng(int.from_bytes(digest, "big"))
        if user.kind in ("person", "bicycle"):
            colour = rng.uniform(0.05, 0.75, 3)
        else:
            pick = rng.choice(len(PALETTE), p=PALETTE_WEIGHTS / PALETTE_WEIGHTS.sum())
            colour = np.clip(PALETTE[pick] * rng.uniform(0.85, 1.15), 0, 0.9)
        dressed.append(
            SceneObject(
                kind=user.kind,
                x_m=user.x_m,
                y_m=user.y_m,
                heading_rad=user.heading_rad,
                shape=int(rng.integers(shape_counts[user.kind])),
                colour=(float(colour[0]), float(colour[1]), float(colour[2])),
                number=user.track,
                brake=float(rng.random() < 0.4),
            )
        )
    return dressed


def diversify(users: list[RoadUser], share: float, rng: np.random.Generator) -> list[RoadUser]:
    """Turns a share of the cars into rarer kinds, where there is room for their length."""
    places = np.array([(user.x_m, user.y_m) for user in users]).reshape(-1, 2)
    result = []
    for index, user in enumerate(users):
        if user.kind != "car" or rng.random() >= share:
            result.append(user)
            continue
        kind = RARE_KINDS[int(rng.choice(len(RARE_KINDS), p=RARE_WEIGHTS))]
        gaps = np.hypot(*(places - places[index]).T)
        gaps[index] = np.inf
        room = (SIZE_M[kind][0] + SIZE_M["car"][0]) / 2 + GAP_M
        fits = SIZE_M[kind][0] <= SIZE_M["car"][0] or gaps.min() > room
        result.append(replace(user, kind=kind) if fits else user)
    return result
