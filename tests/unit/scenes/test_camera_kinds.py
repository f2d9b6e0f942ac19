"""Cameras of each kind stand beside the street, apart, and see its traffic."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_scenes.camera_kinds import (
    APART_M,
    KINDS,
    LEAST_IN_VIEW,
    POLE_CLEARANCE_M,
    draw_cameras,
    in_view,
)
from lamplighter_scenes.cameras import Camera
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.rendering import ground
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace

TRACES = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "traces"


@pytest.fixture(scope="module")
def scene() -> tuple[Street, Trace]:
    street, traces = load_scene(TRACES / "ingolstadt")
    return street, traces["day"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawn_camera_is_of_its_kind(kind: str, scene: tuple[Street, Trace]) -> None:
    cameras = draw_cameras(kind, *scene, 3, seed=5)
    least, most = KINDS[kind].height_m
    free_m = ground.clearance(scene[0])
    for camera in cameras:
        assert least <= camera.eye[2] <= most
        assert ground.clear_m(free_m, camera.eye[0], camera.eye[1]) >= POLE_CLEARANCE_M
        eye, target = np.array(camera.eye[:2]), np.array(camera.target[:2])
        low, high = KINDS[kind].distance_m
        assert low <= np.hypot(*(target - eye)) <= high
    first, second = (np.array(camera.eye[:2]) for camera in cameras[:2])
    assert np.hypot(*(first - second)) > APART_M
    crowd = [len(seen(camera, scene[1])) for camera in cameras]
    assert min(crowd) >= LEAST_IN_VIEW / 2
    assert draw_cameras(kind, *scene, 3, seed=5) == cameras
    assert draw_cameras(kind, *scene, 3, seed=6) != cameras


def seen(camera: Camera, trace: Trace) -> list[int]:
    """Tracks in view, over some moments, per moment."""
    moments = np.linspace(0, trace.duration_s, 8)
    tracks: list[int] = []
    for moment in moments:
        users = trace.at(float(moment))
        points = np.array([(user.x_m, user.y_m) for user in users]).reshape(-1, 2)
        tracks += list(np.flatnonzero(in_view(camera, points)))
    return tracks[:: len(moments)]


def test_what_is_behind_a_camera_is_not_in_view() -> None:
    camera = Camera("one", (0.0, -20.0, 8.0), (0.0, 0.0, 0.0), 45.0)
    points = np.array([(0.0, 0.0), (0.0, -60.0), (60.0, 0.0)])
    assert in_view(camera, points).tolist() == [True, False, False]


def test_too_many_cameras_are_refused(scene: tuple[Street, Trace]) -> None:
    with pytest.raises(ValueError, match="of 400 low cameras"):
        draw_cameras("low", *scene, 400, seed=5)
