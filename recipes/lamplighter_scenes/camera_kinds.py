"""Cameras of four kinds, drawn anew around any junction: how high they hang and how they look."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.cameras import Camera
from lamplighter_scenes.rendering import ground
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace

TARGET_RADIUS_M = 34.0  # what a camera looks at is so near the centre
POLE_CLEARANCE_M = 1.5
APART_M = 12.0  # between two cameras of a draw
MAX_DRAWS = 4000
SAMPLES = 24  # moments of a trace at which a view is judged
LEAST_IN_VIEW = 4.0  # road users, on average over these
ASPECT = 4 / 3

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CameraKind:
    """Least and most of: height of the eye, distance over ground, vertical field of view."""

    height_m: Range
    distance_m: Range
    fov_deg: Range


KINDS = {
    "ordinary": CameraKind((9.5, 12.5), (24.0, 34.0), (42.0, 50.0)),
    "low": CameraKind((4.5, 6.5), (18.0, 28.0), (50.0, 62.0)),
    "high": CameraKind((16.0, 25.0), (35.0, 55.0), (44.0, 52.0)),
    "tele": CameraKind((9.0, 13.0), (60.0, 85.0), (15.0, 21.0)),
}


def draw_cameras(kind: str, street: Street, trace: Trace, count: int, seed: int) -> list[Camera]:
    """`count` cameras on poles beside the street, each of which sees traffic of the trace.

    Raises:
        ValueError: so many are not found around this junction.
    """
    rng = np.random.default_rng(seed)
    free_m, crowds = ground.clearance(street), _crowds(trace)
    targets = np.concatenate(crowds)
    targets = targets[np.hypot(*targets.T) < TARGET_RADIUS_M]
    cameras: list[Camera] = []
    for _ in range(MAX_DRAWS):
        camera = _draw(f"{kind}-{len(cameras)}", KINDS[kind], targets, rng)
        if _stands_apart(camera, cameras) and _is_useful(camera, free_m, crowds):
            cameras.append(camera)
        if len(cameras) == count:
            return cameras
    raise ValueError(f"only {len(cameras)} of {count} {kind} cameras see enough here")


def in_view(camera: Camera, points: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which points of the ground [n, 2] lie in the picture, hidden or not."""
    world = np.concatenate([points, np.ones((len(points), 2))], axis=1)
    clip = world @ camera.matrix(round(ASPECT * 480), 480).astype(np.float64).T
    depth = clip[:, 3]
    inside = (np.abs(clip[:, 0]) < depth) & (np.abs(clip[:, 1]) < depth)
    return np.asarray(inside & (depth > 1.0))


def _crowds(trace: Trace) -> list[npt.NDArray[np.float64]]:
    """Where everybody is at some moments: [n, 2] each."""
    times = np.linspace(0, trace.duration_s, SAMPLES)
    return [
        np.array([(user.x_m, user.y_m) for user in trace.at(float(time))]).reshape(-1, 2)
        for time in times
    ]


def _draw(
    name: str, kind: CameraKind, targets: npt.NDArray[np.float64], rng: np.random.Generator
) -> Camera:
    x, y = targets[int(rng.integers(len(targets)))].tolist()
    angle, distance_m = rng.uniform(0, 2 * np.pi), rng.uniform(*kind.distance_m)
    eye = (
        float(x + distance_m * np.cos(angle)),
        float(y + distance_m * np.sin(angle)),
        float(rng.uniform(*kind.height_m)),
    )
    return Camera(name, eye, (x, y, 0.0), float(rng.uniform(*kind.fov_deg)))


def _stands_apart(camera: Camera, others: Sequence[Camera]) -> bool:
    eye = np.array(camera.eye[:2])
    return all(np.hypot(*(eye - np.array(other.eye[:2]))) > APART_M for other in others)


def _is_useful(
    camera: Camera, free_m: ground.Grid, crowds: Sequence[npt.NDArray[np.float64]]
) -> bool:
    if ground.clear_m(free_m, camera.eye[0], camera.eye[1]) < POLE_CLEARANCE_M:
        return False
    return float(np.mean([in_view(camera, crowd).sum() for crowd in crowds])) >= LEAST_IN_VIEW
