"""Where the cameras stand around the junction. Two of the six are never trained on."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Vector = tuple[float, float, float]
Matrix = npt.NDArray[np.float32]
NEAR_M, FAR_M = 0.5, 350.0
LEAST_HEIGHT_M = 5.5  # of a camera that was moved, unless it hung lower before


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera: metres, and the vertical field of view in degrees."""

    name: str
    eye: Vector
    target: Vector
    fov_deg: float

    def matrix(self, width: int, height: int) -> Matrix:
        """World to clip coordinates, [4, 4]."""
        return _perspective(math.radians(self.fov_deg), width / height) @ look_at(
            self.eye, self.target, (0.0, 0.0, 1.0)
        )


def _perspective(fov_rad: float, aspect: float) -> Matrix:
    t = 1 / math.tan(fov_rad / 2)
    depth = NEAR_M - FAR_M
    rows = [
        [t / aspect, 0, 0, 0],
        [0, t, 0, 0],
        [0, 0, (FAR_M + NEAR_M) / depth, 2 * FAR_M * NEAR_M / depth],
        [0, 0, -1, 0],
    ]
    return np.array(rows, np.float32)


def look_at(eye: Vector, target: Vector, up: Vector) -> Matrix:
    """World to eye coordinates, [4, 4]."""
    e = np.array(eye, np.float64)
    forward = np.array(target) - e
    forward /= np.linalg.norm(forward)
    side = np.cross(forward, up)
    side /= np.linalg.norm(side)
    matrix = np.eye(4)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = side, np.cross(side, forward), -forward
    matrix[:3, 3] = -matrix[:3, :3] @ e
    return matrix.astype(np.float32)


CAMERAS: dict[str, Camera] = {
    camera.name: camera
    for camera in (
        Camera("southwest", (-56.0, -36.0, 11.0), (-35.0, -15.0, 0.0), 46.0),
        Camera("southeast", (36.0, -16.0, 11.0), (17.0, 2.0, 0.0), 46.0),
        Camera("northeast", (20.0, 32.0, 11.5), (3.0, 9.0, 0.0), 45.0),
        Camera("northwest", (-50.0, 40.0, 10.5), (-26.0, 28.0, 0.0), 46.0),
        Camera("south-arm", (34.0, -42.0, 10.5), (18.0, -22.0, 0.0), 44.0),
        Camera("east-arm", (50.0, 8.0, 10.5), (26.0, 13.0, 0.0), 46.0),
    )
}
TEST_CAMERAS = ("south-arm", "east-arm")
TRAIN_CAMERAS = tuple(name for name in CAMERAS if name not in TEST_CAMERAS)


def jittered(camera: Camera, rng: np.random.Generator, strength: float = 1.0) -> Camera:
    """The camera moved by some metres, turned, and with another lens."""
    shift = rng.uniform(-1, 1, 3) * (5.0, 5.0, 2.2) * strength
    turn = rng.uniform(-1, 1, 2) * 6.0 * strength
    eye = np.array(camera.eye) + shift
    target = (camera.target[0] + turn[0], camera.target[1] + turn[1], 0.0)
    fov = camera.fov_deg + rng.uniform(-7, 9) * strength
    return replace(
        camera,
        eye=(float(eye[0]), float(eye[1]), max(min(LEAST_HEIGHT_M, camera.eye[2]), float(eye[2]))),
        target=(float(target[0]), float(target[1]), 0.0),
        fov_deg=float(fov),
    )
