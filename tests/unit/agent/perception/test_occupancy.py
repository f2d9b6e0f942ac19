"""A line or zone is occupied for as long as vehicles are on it, while somebody looks."""

import numpy as np
import pytest
from lamplighter_agent.own_street import CountLine, CountZone
from lamplighter_agent.perception.counting import street_lines
from lamplighter_agent.perception.occupancy import OccupancyMeter, inside, upon
from lamplighter_agent.perception.tracking import Tracks
from lamplighter_agent.settings import AgentSettings

LINE = CountLine("north", 0, 100, 200, 100)
SQUARE = CountZone("square", ((100, 100), (200, 100), (200, 200), (100, 200)))
CAR, PERSON = 0, 6


def seen(at: float, *boxes: tuple[float, float, float, float], kind: int = CAR) -> Tracks:
    count = len(boxes)
    feet = np.zeros((count, 2), np.float32)
    numbers = np.arange(count, dtype=np.int64)
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    kinds = np.full(count, kind)
    return Tracks(at, numbers, rows, feet, kinds, feet, np.zeros(count), feet)


def test_the_share_of_the_time_that_somebody_was_on_a_line() -> None:
    meter = OccupancyMeter([LINE])
    meter.update(seen(10.0))
    meter.update(seen(10.5, (50, 60, 90, 110)))
    meter.update(seen(12.0, (50, 60, 90, 110)))
    meter.update(seen(14.0))
    assert meter.take() == {"north": pytest.approx(0.5)}
    meter.update(seen(15.0))
    assert meter.take() == {"north": 0.0}


def test_what_a_high_vehicle_hides_behind_it_is_not_occupied() -> None:
    meter = OccupancyMeter([LINE])
    meter.update(seen(10.0))
    meter.update(seen(11.0, (50, 90, 90, 190)))
    assert meter.take() == {"north": 0.0}


def test_a_zone_is_occupied_by_who_stands_in_it() -> None:
    lines = street_lines(AgentSettings(zones=(SQUARE,)))
    meter = OccupancyMeter(lines, ["square"])
    meter.update(seen(10.0))
    meter.update(seen(11.0, (140, 120, 160, 150)))
    meter.update(seen(12.0, (140, 220, 160, 250)))
    assert meter.take() == {"square": pytest.approx(0.5)}


def test_people_on_foot_are_no_vehicles() -> None:
    meter = OccupancyMeter([LINE])
    meter.update(seen(10.0))
    meter.update(seen(11.0, (50, 60, 90, 110), kind=PERSON))
    assert meter.take() == {"north": 0.0}


def test_time_without_a_frame_was_watched_by_nobody() -> None:
    meter = OccupancyMeter([LINE])
    assert meter.take() == {}
    meter.update(seen(10.0, (50, 60, 90, 110)))
    meter.update(seen(100.0, (50, 60, 90, 110)))
    meter.update(seen(99.0, (50, 60, 90, 110)))
    assert meter.take() == {}


def test_lines_that_lie_elsewhere_in_another_picture() -> None:
    meter = OccupancyMeter([LINE])
    meter.redraw([CountLine("north", 0, 300, 200, 300)])
    meter.update(seen(10.0))
    meter.update(seen(11.0, (50, 60, 90, 110)))
    meter.update(seen(12.0, (50, 260, 90, 310)))
    assert meter.take() == {"north": pytest.approx(0.5)}


def test_points_in_a_polygon() -> None:
    edges = np.array([[[0, 0], [10, 0]], [[10, 0], [5, 10]], [[5, 10], [0, 0]]], np.float32)
    points = np.array([[5, 3], [9, 9], [1, 8], [-1, 0]], np.float32)
    assert inside(points, edges).tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("ends", "hits"),
    [
        ([[0, 9], [20, 9]], True),  # across the lower half
        ([[0, 2], [20, 2]], False),  # across the upper half
        ([[7, 0], [7, 30]], True),
        ([[0, 0], [20, 20]], True),
        ([[12, 0], [12, 30]], False),
        ([[0, 9], [3, 9]], False),  # it ends before
        ([[6, 8], [7, 9]], True),  # wholly within
    ],
)
def test_lines_through_the_lower_half_of_a_box(ends: list[list[int]], hits: bool) -> None:
    boxes = np.array([[4, 0, 10, 10]], np.float32)
    assert upon(boxes, np.array([ends], np.float32)).tolist() == [hits]
