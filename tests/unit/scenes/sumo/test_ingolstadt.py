"""The second city's demand: flows become trips of kinds as counted."""

from collections import Counter

import numpy as np
from lamplighter_scenes.sumo.ingolstadt import vehicle_trips

FLOWS = """<routes>
    <flow id="1_right" from="a#4" to="-b#0" begin="0" end="90000" period="30" departSpeed="max"/>
    <flow id="2_left" from="c" to="d" begin="20" end="90000" period="1" departSpeed="max"/>
</routes>"""


def test_a_flow_becomes_single_trips_until_the_end() -> None:
    trips = list(vehicle_trips(FLOWS, 90.0, np.random.default_rng(0)))
    right = [time for time, text in trips if 'id="1_right_' in text]
    assert right == [0.0, 30.0, 60.0]
    assert sum('from="c" to="d"' in text for _, text in trips) == 70


def test_kinds_come_in_the_counted_shares_and_the_same_each_time() -> None:
    one, other = (list(vehicle_trips(FLOWS, 5000.0, np.random.default_rng(3))) for _ in range(2))
    assert one == other
    kinds = Counter(text.split('type="')[1].split('"')[0] for _, text in one)
    assert 0.8 < kinds["veh_car"] / len(one) < 0.92
    assert 0.03 < kinds["bike_bicycle"] / len(one) < 0.1
