"""Traces survive the file, interpolate the short way round, and know who is gone."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.demo_day import DEMO_DAY
from lamplighter_scenes.street import Street, Strip, load_street, save_street
from lamplighter_scenes.trace import Trace, TraceBuilder, load_trace, save_trace

DEMO = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "traces"


def small_trace() -> Trace:
    builder = TraceBuilder(step_s=0.5, radius_m=50.0)
    builder.add({"a": ("car", 0.0, 0.0, 3.1), "b": ("person", 100.0, 0.0, 0.0)})
    builder.add({"a": ("car", 4.0, 1.0, -3.1), "b": ("person", 10.0, 0.0, 0.0)})
    builder.add({"b": ("person", 11.0, 0.0, 0.0)})
    builder.add({"a": ("car", 8.0, 1.0, 0.0)})
    return builder.build({"scale": 1.0})


def test_a_trace_survives_the_file(tmp_path: Path) -> None:
    trace = small_trace()
    save_trace(trace, tmp_path / "t.npz")
    loaded = load_trace(tmp_path / "t.npz")
    assert (loaded.step_s, loaded.steps, loaded.meta) == (0.5, 4, {"scale": 1.0})
    assert [t.kind for t in loaded.tracks] == [t.kind for t in trace.tracks]
    for one, other in zip(loaded.tracks, trace.tracks, strict=True):
        assert one.first_step == other.first_step
        np.testing.assert_allclose(one.rows, other.rows, atol=0.006)


def test_positions_between_steps_are_interpolated_the_short_way_round() -> None:
    (car,) = small_trace().at(0.25)
    assert (car.kind, car.x_m, car.y_m) == ("car", 2.0, 0.5)
    assert abs(car.heading_rad - np.pi) < 0.01


def test_who_leaves_and_returns_is_a_new_track() -> None:
    trace = small_trace()
    assert sorted(t.kind for t in trace.tracks) == ["car", "car", "person"]
    assert [user.kind for user in trace.at(1.0)] == ["person"]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", format=np.array(99))
    with pytest.raises(ValueError, match="format 99"):
        load_trace(tmp_path / "t.npz")


def test_a_street_survives_the_file(tmp_path: Path) -> None:
    strip = Strip("road", 3.5, ((0.0, 0.0), (10.0, 0.0)))
    street = Street((strip,), (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),), (), {"place": "x"})
    save_street(street, tmp_path / "s.json.gz")
    first = (tmp_path / "s.json.gz").read_bytes()
    assert load_street(tmp_path / "s.json.gz") == street
    save_street(street, tmp_path / "s.json.gz")
    assert (tmp_path / "s.json.gz").read_bytes() == first


def test_the_shipped_traces_are_small_and_hold_every_kind() -> None:
    street, traces = load_scene(DEMO)
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 3_000_000
    assert len(street.strips) > 100
    assert {track.kind for track in traces["day"].tracks} == {
        *("car", "van", "truck", "bus", "motorcycle", "bicycle", "person")
    }
    assert traces["day"].duration_s > 3_590
    busy, calm = (
        np.mean([len(traces[n].at(t)) for t in range(60, 1140, 60)]) for n in ("rush", "night")
    )
    assert busy > 4 * calm


def test_the_demo_day_lies_within_its_traces() -> None:
    _, traces = load_scene(DEMO)
    for phase in DEMO_DAY:
        assert phase.start_s >= 0.9 * traces[phase.trace].duration_s
        assert phase.start_s + phase.seconds <= traces[phase.trace].duration_s


def test_a_scene_without_a_street_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="scenes record"):
        load_scene(tmp_path)
