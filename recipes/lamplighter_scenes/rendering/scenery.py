"""What stands beside the street: houses, trees and lamps, drawn by a seed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.cameras import CAMERAS
from lamplighter_scenes.rendering import ground
from lamplighter_scenes.rendering.lamp_light import LAMP_HEIGHT_M
from lamplighter_scenes.rendering.meshes.primitives import Mesh
from lamplighter_scenes.rendering.meshes.surroundings import house, lamp_post, tree
from lamplighter_scenes.street import Point, Street

HOUSE_RING_M = (42.0, 160.0)
HOUSE_CLEARANCE_M = 6.0
CAMERA_CLEARANCE_M = 13.0
HOUSES, TREES, LAMPS = 26, 26, 34


@dataclass(frozen=True, slots=True)
class Scenery:
    """One mesh for everything that stands still, and where the lamp posts are."""

    mesh: Mesh
    lamp_posts: tuple[Point, ...]


def _clear(free_m: npt.NDArray[np.float32], x: float, y: float) -> float:
    size = len(free_m)
    column = int((x / (2 * ground.HALF_EXTENT_M) + 0.5) * size)
    row = int((y / (2 * ground.HALF_EXTENT_M) + 0.5) * size)
    if not (0 <= row < size and 0 <= column < size):
        return 20.0 if min(abs(x), abs(y)) > 60 else 0.0
    return float(free_m[row, column])


def _camera_distance(x: float, y: float) -> float:
    """Metres to the nearest line from a camera to the middle of what it sees."""
    nearest = np.inf
    for camera in CAMERAS.values():
        eye, target = np.array(camera.eye[:2]), np.array(camera.target[:2])
        for share in (0.0, 0.15, 0.3, 0.5):
            point = eye + (target - eye) * share
            nearest = min(nearest, float(np.hypot(point[0] - x, point[1] - y)))
    return nearest


def _ring(rng: np.random.Generator, low_m: float, high_m: float) -> Point:
    angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(low_m, high_m)
    return float(radius * np.cos(angle)), float(radius * np.sin(angle))


def _houses(rng: np.random.Generator, free_m: npt.NDArray[np.float32]) -> list[Mesh]:
    houses: list[Mesh] = []
    for _ in range(HOUSES * 12):
        x, y = _ring(rng, *HOUSE_RING_M)
        w, d = rng.uniform(10, 26, 2)
        reach = float(np.hypot(w, d)) / 2
        clear = _clear(free_m, x, y) > reach + HOUSE_CLEARANCE_M
        if clear and _camera_distance(x, y) > reach + CAMERA_CLEARANCE_M:
            grey = rng.uniform(0.3, 0.7)
            tint = np.clip(grey + rng.normal(0, 0.07, 3), 0.1, 0.9)
            colour = (float(tint[0]), float(tint[1]), float(tint[2]))
            height = float(rng.uniform(6, 20))
            houses.append(house((x - w / 2, x + w / 2), (y - d / 2, y + d / 2), height, colour))
        if len(houses) == HOUSES:
            break
    return houses


def _trees(rng: np.random.Generator, free_m: npt.NDArray[np.float32]) -> list[Mesh]:
    trees: list[Mesh] = []
    for _ in range(TREES * 12):
        x, y = _ring(rng, 22.0, 100.0)
        if _clear(free_m, x, y) > 2.5 and _camera_distance(x, y) > CAMERA_CLEARANCE_M:
            colour = (rng.uniform(0.1, 0.25), rng.uniform(0.2, 0.34), rng.uniform(0.07, 0.14))
            trees.append(tree(x, y, float(rng.uniform(4, 10)), colour))
        if len(trees) == TREES:
            break
    return trees


def _posts(rng: np.random.Generator, free_m: npt.NDArray[np.float32]) -> list[Point]:
    posts: list[Point] = []
    for _ in range(4000):
        x, y = _ring(rng, 10.0, 90.0)
        near_road = 0.3 < _clear(free_m, x, y) < 2.5
        apart = all(np.hypot(x - a, y - b) > 13.0 for a, b in posts)
        if near_road and apart and _camera_distance(x, y) > 5.0:
            posts.append((x, y))
        if len(posts) == LAMPS:
            break
    return posts


def draw_scenery(street: Street, seed: int) -> Scenery:
    """Houses, trees and lamps that stand on nobody's way and before no camera."""
    rng = np.random.default_rng(seed)
    free_m = ground.clearance(street)
    posts = _posts(rng, free_m)
    parts = _houses(rng, free_m) + _trees(rng, free_m)
    parts += [lamp_post(x, y, LAMP_HEIGHT_M) for x, y in posts]
    mesh = np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)
    return Scenery(mesh, tuple(posts))
