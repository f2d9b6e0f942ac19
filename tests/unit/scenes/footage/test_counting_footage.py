"""Footage for counting: nothing that is reported on was trained or tuned on."""

from pathlib import Path

import pytest
from lamplighter_scenes.cameras import CAMERAS, TRAIN_CAMERAS
from lamplighter_scenes.cities import BRAUNSCHWEIG, load_scene, scene_folder
from lamplighter_scenes.demo_day import DEMO_DAY
from lamplighter_scenes.footage.counting_footage import DAY, SETS, phases_of
from lamplighter_scenes.footage.day_footage import HOURS

TRACES = Path(__file__).resolve().parents[4] / "deploy" / "demo" / "traces"


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
        every = {("day", "dry"), ("day", "rain"), ("night", "dry"), ("night", "rain")}
        assert skies == every or name == DAY
        for phase in phases:
            assert phase.start_s >= 0
            assert phase.start_s + phase.seconds <= traces[phase.trace].duration_s


def test_each_hour_of_the_day_has_a_clip_shipped_or_rendered_of_each_camera() -> None:
    shipped = {phase.name for phase in DEMO_DAY}
    for city, hours in HOURS.items():
        rendered = {phase.name for phase in phases_of(DAY, city)}
        there = rendered | shipped if city == BRAUNSCHWEIG else rendered
        assert len(hours) == 24
        assert set(hours) <= there
        assert rendered <= set(hours), "nothing is rendered in vain"


def test_the_sets_share_no_minute_of_a_trace_under_the_same_sky() -> None:
    for city in {spot.city for spot in SETS["held-out"]}:
        here, there = phases_of("held-out", city), phases_of("tuning", city)
        assert not {p.sky_seed for p in here} & {p.sky_seed for p in there}
        for a, b in zip(here, there, strict=True):
            assert abs(a.start_s - b.start_s) >= a.seconds
