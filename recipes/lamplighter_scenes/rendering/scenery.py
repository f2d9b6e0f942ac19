"""What stands beside the street: houses, trees and lamps, drawn by a seed."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.rendering import ground
from lamplighter_scenes.rendering.lamp_light import LAMP_HEIGHT_M
from lamplighter_scenes.rendering.meshes.primitives import Mesh
from lamplighter_scenes.rendering.meshes.surroundings import house, lamp_post, tree
from lamplighter_scenes.street import Point, Street

HOUSE_RING_M = (42.0, 160.0)
HOUSE_CLEARANCE_M = 6.0
CAMERA_CLEARANCE_M = 13.0
HOUSES, TREES, LAMPS = 26, 26, 34
# Where between a camera and its target nothing may stand; from far away, all along.
SHARES = (0.0, 0.15, 0.3, 0.5)
FAR_SHARES = tuple(np.linspace(0.0, 0.9, 10).tolist())
FAR_M = 45.0

Lines = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scenery:
    """One mesh for everything that stands still, and where the lamp posts are."""

    mesh: Mesh
    lamp_posts: tuple[Point, ...]


def sight_lines(cameras: Iterable[Camera]) -> Lines:
    """Points [n, 2] from each camera towards the middle of what it sees."""
    points = []
    for camera in cameras:
        eye, target = np.array(camera.eye[:2]), np.array(camera.target[:2])
        far = float(np.hypot(*(target - eye))) > FAR_M
        points += [eye + (target - eye) * share for share in (FAR_SHARES if far else SHARES)]
    return np.array(points).reshape(-1, 2)


def _camera_distance(lines: Lines, x: float, y: float) -> float:
    """Metres to the nearest of them."""
    return float(np.hypot(lines[:, 0] - x, lines[:, 1] - y).min(initial=np.inf))


def _ring(rng: np.random.Generator, low_m: float, high_m: float) -> Point:
    angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(low_m, high_m)
    return float(radius * np.cos(angle)), float(radius * np.sin(angle))


def _houses(rng: np.random.Generator, free_m: ground.Grid, lines: Lines) -> list[Mesh]:
    houses: list[Mesh] = []
    for _ in range(HOUSES * 12):
        x, y = _ring(rng, *HOUSE_RING_M)
        w, d = rng.uniform(10, 26, 2)
        reach = float(np.hypot(w, d)) / 2
        clear = ground.clear_m(free_m, x, y) > reach + HOUSE_CLEARANCE_M
        if clear and _camera_distance(lines, x, y) > reach + CAMERA_CLEARANCE_M:
            grey = rng.uniform(0.3, 0.7)
            tint = np.clip(grey + rng.normal(0, 0.07, 3), 0.1, 0.9)
            colour = (float(tint[0]), float(tint[1]), float(tint[2]))
            height = float(rng.uniform(6, 20))
            houses.append(house((x - w / 2, x + w / 2), (y - d / 2, y + d / 2), height, colour))
        if len(houses) == HOUSES:
            break
    return houses


def _trees(rng: np.random.Generator, free_m: ground.Grid, lines: Lines) -> list[Mesh]:
    trees: list[Mesh] = []
    for _ in range(TREES * 12):
        x, y = _ring(rng, 22.0, 100.0)
        if (
            ground.clear_m(free_m, x, y) > 2.5
            and _camera_distance(lines, x, y) > CAMERA_CLEARANCE_M
        ):
            colour = (rng.uniform(0.1, 0.25), rng.uniform(0.2, 0.34), rng.uniform(0.07, 0.14))
            trees.append(tree(x, y, float(rng.uniform(4, 10)), colour))
        if len(trees) == TREES:
            break
    return trees


def _posts(rng: np.random.Generator, free_m: ground.Grid, lines: Lines) -> list[Point]:
    posts: list[Point] = []
    for _ in range(4000):
        x, y = _ring(rng, 10.0, 90.0)
        near_road = 0.3 < ground.clear_m(free_m, x, y) < 2.5
        apart = all(np.hypot(x - a, y - b) > 13.0 for a, b in posts)
        if near_road and apart and _camera_distance(lines, x, y) > 5.0:
            posts.append((x, y))
        if len(posts) == LAMPS:
            break
    return posts


def draw_scenery(
    street: Street, seed: int, cameras: Iterable[Camera] = tuple(CAMERAS.values())
) -> Scenery:
    """Houses, trees and lamps that stand on nobody's way and before none of the cameras."""
    rng = np.random.default_rng(seed)
    free_m, lines = ground.clearance(street), sight_lines(cameras)
    posts = _posts(rng, free_m, lines)
    parts = _houses(rng, free_m, lines) + _trees(rng, free_m, lines)
    parts += [lamp_post(x, y, LAMP_HEIGHT_M) for x, y in posts]
    mesh = np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)
    return Scenery(mesh, tuple(posts))
