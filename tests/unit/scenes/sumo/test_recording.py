"""Recording itself only where SUMO is installed."""

import importlib.util
from pathlib import Path

import pytest
from lamplighter_scenes.cities import load_scene, record_traces
from lamplighter_scenes.sumo import braunschweig, ingolstadt
from lamplighter_scenes.sumo.geometry import record_street
from lamplighter_scenes.sumo.recording import record, routes
from lamplighter_scenes.sumo.scenario import Scenario

INSTALLED = importlib.util.find_spec("libsumo") is not None
WITHOUT_SUMO = "SUMO is not installed (pip install lamplighter[sumo])"
TRACES = Path(__file__).resolve().parents[4] / "deploy" / "demo" / "traces"


def test_routes_are_sorted_by_time() -> None:
    text = routes([(2.0, "<b/>"), (1.0, "<a/>")])
    assert text.index("<a/>") < text.index("<b/>")


@pytest.mark.skipif(INSTALLED, reason="SUMO is installed")
def test_without_sumo_recording_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="pip install eclipse-sumo"):
        record_traces(tmp_path)


@pytest.mark.skipif(not INSTALLED, reason=WITHOUT_SUMO)
@pytest.mark.parametrize("scenario", [braunschweig.SCENARIO, ingolstadt.SCENARIO])
def test_a_minute_is_recorded_and_repeatable(scenario: Scenario) -> None:
    one, other = (record(scenario, 1.0, 60, 60) for _ in range(2))
    assert one.duration_s == 59.5
    assert len(one.tracks) > 20
    assert [t.kind for t in one.tracks] == [t.kind for t in other.tracks]


@pytest.mark.skipif(not INSTALLED, reason=WITHOUT_SUMO)
def test_the_shipped_street_is_the_recorded_one() -> None:
    assert record_street(braunschweig.SCENARIO) == load_scene(TRACES)[0]
