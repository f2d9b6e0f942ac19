"""The repair of SUMO's demand."""

import pytest
from lamplighter_scenes.sumo import braunschweig

FLOW = """<routes>
    <personFlow id="7" begin="54139.4" end="62000" period="15" type="ped_pedestrian" beginPos="50">
        <walk from="3" to="-3.22" speed="1.122"/>
    </personFlow>
</routes>"""


def test_a_pedestrian_flow_becomes_single_walks() -> None:
    walks = list(braunschweig.walkers(FLOW, braunschweig.BEGIN_S + 450.0))
    assert [round(time - braunschweig.BEGIN_S, 1) for time, _ in walks] == [139.4, 289.4, 439.4]
    assert 'id="7_0"' in walks[0][1]
    assert '<walk from="3" to="-3.22"/>' in walks[0][1]


def test_trips_and_flows_are_read_alike() -> None:
    text = '<trip id="1" depart="54000.5" type="veh_car" from="a" to="b"/>'
    text += '<flow  id="2" begin="54001" end="62000" type="bike_bicycle" from="a" to="b"/>'
    found = braunschweig.TRIP.findall(text)
    assert [(name, time) for name, time, _ in found] == [("1", "54000.5"), ("2", "54001")]
    assert braunschweig.attribute(found[1][2], "type") == "bike_bicycle"
    with pytest.raises(ValueError, match="lacks via"):
        braunschweig.attribute(found[1][2], "via")
