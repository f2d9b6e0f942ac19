"""The repair of SUMO's demand; recording itself only where SUMO is installed."""

import importlib.util
from pathlib import Path

import pytest
from lamplighter_scenes import sumo
from lamplighter_scenes.demo_day import record_traces

FLOW = """<routes>
    <personFlow id="7" begin="54139.4" end="62000" period="15" type="ped_pedestrian" beginPos="50">
        <walk from="3" to="-3.22" speed="1.122"/>
    </personFlow>
</routes>"""
INSTALLED = importlib.util.find_spec("libsumo") is not None


def test_a_pedestrian_flow_becomes_single_walks() -> None:
    walks = list(sumo.walkers(FLOW, sumo.BEGIN_S + 450.0))
    assert [round(time - sumo.BEGIN_S, 1) for time, _ in walks] == [139.4, 289.4, 439.4]
    assert 'id="7_0"' in walks[0][1]
    assert '<walk from="3" to="-3.22"/>' in walks[0][1]


def test_trips_and_flows_are_read_alike() -> None:
    text = '<trip id="1" depart="54000.5" type="veh_car" from="a" to="b"/>'
    text += '<flow  id="2" begin="54001" end="62000" type="bike_bicycle" from="a" to="b"/>'
    found = sumo.TRIP.findall(text)
    assert [(name, time) for name, time, _ in found] == [("1", "54000.5"), ("2", "54001")]
    assert sumo.attribute(found[1][2], "type") == "bike_bicycle"
    with pytest.raises(ValueError, match="lacks via"):
        sumo.attribute(found[1][2], "via")


def test_routes_are_sorted_by_time() -> None:
    text = sumo.routes([(2.0, "<b/>"), (1.0, "<a/>")])
    assert text.index("<a/>") < text.index("<b/>")


@pytest.mark.skipif(INSTALLED, reason="SUMO is installed")
def test_without_sumo_recording_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="pip install eclipse-sumo"):
        record_traces(tmp_path)


@pytest.mark.skipif(not INSTALLED, reason="SUMO is not installed (pip install lamplighter[sumo])")
def test_a_minute_is_recorded_and_repeatable() -> None:
    one, other = (sumo.record(1.0, 60, 60) for _ in range(2))
    assert one.duration_s == 59.5
    assert len(one.tracks) > 20
    assert [t.kind for t in one.tracks] == [t.kind for t in other.tracks]
