"""Footage for counting: nothing that is reported on was trained or tuned on."""

from pathlib import Path

import pytest
from lamplighter_scenes.cameras import CAMERAS, TRAIN_CAMERAS
from lamplighter_scenes.cities import BRAUNSCHWEIG, load_scene, scene_folder
from lamplighter_scenes.counting_footage import SETS, phases_of

TRACES = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "traces"


def test_the_sets_share_no_camera_and_held_out_ones_were_never_trained_on() -> None:
    held_out = {spot.viewpoint.camera.eye for spot in SETS["held-out"]}
    tuning = {spot.viewpoint.camera.eye for spot in SETS["tuning"]}
    assert len(held_out) == len(tuning) == 3
    assert not held_out & tuning
    assert not held_out & {CAMERAS[name].eye for name in TRAIN_CAMERAS}
    assert any(spot.city != BRAUNSCHWEIG for spot in SETS["held-out"])


@pytest.mark.parametrize("name", SETS)
def test_every_camera_looks_through_all_lights_and_weathers_within_its_traces(name: str) -> None:
    for city in {spot.city for spot in SETS[name]}:
        _, traces = load_scene(scene_folder(TRACES, city))
        phases = phases_of(name, city)
        skies = {(phase.light, phase.weather) for phase in phases}
        assert skies == {("day", "dry"), ("day", "rain"), ("night", "dry"), ("night", "rain")}
        for phase in phases:
            assert phase.start_s >= 0
            assert phase.start_s + phase.seconds <= traces[phase.trace].duration_s


def test_the_sets_share_no_minute_of_a_trace_under_the_same_sky() -> None:
    for city in {spot.city for spot in SETS["held-out"]}:
        here, there = phases_of("held-out", city), phases_of("tuning", city)
        assert not {p.sky_seed for p in here} & {p.sky_seed for p in there}
        for a, b in zip(here, there, strict=True):
            assert abs(a.start_s - b.start_s) >= a.seconds
