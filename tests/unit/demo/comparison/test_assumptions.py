"""Which assumption of adapting failed, from days in which one thing goes wrong at a time."""

from dataclasses import replace

import pytest
from lamplighter_demo.comparison.assumptions import (
    ASSUMED,
    CATALOGUE,
    HAPPENED,
    HINDSIGHT,
    ROOM,
    STEPS,
    as_dict,
    explained,
)
from lamplighter_demo.comparison.policy_replay import (
    DeviceTable,
    MeasuredPoint,
    ServedPoint,
    TimelineRow,
)

CALM, BUSY = "day-dry-free", "day-dry-jam"
ROWS = (TimelineRow(0, 100, "calm", CALM, 4.0), TimelineRow(100, 100, "busy", BUSY, 4.0))


def point(name: str, calm: float, busy: float, p95_ms: float = 20.0) -> MeasuredPoint:
    """Measured as it is expected."""
    return MeasuredPoint(
        variant=name,
        size="384x288",
        precision="int8",
        latency_p50_ms=p95_ms / 2,
        latency_p95_ms=p95_ms,
        energy_mj_per_frame=50.0,
        ap50={"calm": calm, "busy": busy},
        expected_ap50={CALM: calm, BUSY: busy},
    )


DAY, RUSH = point("day", 0.9, 0.6), point("rush", 0.6, 0.9)
BOTH = (ServedPoint(0, DAY.key), ServedPoint(100, RUSH.key))


def failed(points: tuple[MeasuredPoint, ...], served: tuple[ServedPoint, ...]) -> str:
    (day,) = explained([DeviceTable("cam", ROWS, points, served)]).values()
    assert day.failed in day.steps or day.failed == ""
    assert ASSUMED.get(day.failed, "No assumption failed") in day.text
    return day.failed


def test_none_failed_where_adapting_wins() -> None:
    assert failed((DAY, RUSH), BOTH) == ""


def test_one_point_may_be_as_good_all_day() -> None:
    even = point("even", 0.9, 0.9)
    assert failed((even, RUSH), (ServedPoint(0, even.key),)) == HINDSIGHT


def test_the_catalogue_may_expect_what_does_not_come() -> None:
    hoped = replace(point("hoped", 0.5, 0.5), expected_ap50={CALM: 0.99, BUSY: 0.99})
    served = (ServedPoint(0, hoped.key),)
    assert failed((DAY, RUSH, hoped), served) == CATALOGUE


def test_room_may_cost_more_than_there_was_to_gain() -> None:
    tight, roomy = point("tight", 0.9, 0.9, 180.0), point("roomy", 0.8, 0.97)
    served = (ServedPoint(0, roomy.key),)
    assert failed((tight, roomy), served) == ROOM


def test_changes_may_be_answered_too_late() -> None:
    late = (ServedPoint(0, RUSH.key), ServedPoint(100, DAY.key))
    assert failed((DAY, RUSH), late) == HAPPENED


def test_a_report_has_the_steps_in_their_order_and_what_was_promised() -> None:
    hoped = replace(RUSH, expected_ap50={CALM: 0.6, BUSY: 0.95})
    told = as_dict(explained([DeviceTable("cam", ROWS, (DAY, hoped), BOTH)]))
    steps = told["assumptions"]["cam"]["steps"]
    assert list(steps) == list(STEPS)
    assert steps[HAPPENED]["promised"] == pytest.approx((0.9 + 0.95) / 2)
    assert steps[HAPPENED]["accuracy"] == pytest.approx(0.9)
    assert told["why"][0].startswith(
        "cam: a point for each stretch, known in hindsight +15.0 points"
    )


def test_a_device_that_served_nothing_is_left_out() -> None:
    assert explained([DeviceTable("cam", ROWS, (DAY,), ())]) == {}


def test_nothing_is_said_of_accuracy_where_plans_were_made_for_counts() -> None:
    assert explained([DeviceTable("cam", ROWS, (DAY, RUSH), BOTH, for_counts=True)]) == {}
