"""True against counted: errors, totals and the challenge's score."""

from typing import Any

import pytest
from lamplighter_demo.benchmarks.counting.movements import (
    INTERVALS,
    Movement,
    absolute_error,
    count_score,
    mean_score,
    movements,
    total_error,
    unseen,
)
from lamplighter_demo.comparison.device_counts import Crossing

SECONDS = 10.0


def clip(*crossings: tuple[str, str, str, float], frames: Any = ()) -> dict[str, Any]:
    """A truth of ten frames a second: line, direction, class and second of each crossing."""
    rows = [
        {"line": line, "direction": way, "kind": kind, "number": n, "frame": round(10 * at)}
        for n, (line, way, kind, at) in enumerate(crossings)
    ]
    return {"fps": 10.0, "crossings": rows, "frames": list(frames)}


def told(*crossings: tuple[str, str, str, float]) -> list[Crossing]:
    return [Crossing(line, way, kind, 1, at) for line, way, kind, at in crossings]


ONE = ("north", "in", "car", 2.5)
TRUTH = clip(ONE, ("north", "in", "car", 9.95), ("north", "out", "bus", 4.0))


def movement(true: dict[int, int], counted: dict[int, int]) -> Movement:
    """How many in which interval."""
    rows = [[by.get(n, 0) for n in range(INTERVALS)] for by in (true, counted)]
    return Movement(line="n", direction="in", kind="car", true=rows[0], counted=rows[1])


def test_movements_hold_each_class_and_interval() -> None:
    found = {(m.direction, m.kind): m for m in movements(TRUTH, told(ONE), SECONDS)}
    assert set(found) == {("in", "car"), ("out", "bus")}
    assert found["in", "car"].true == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert found["in", "car"].counted == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert sum(found["out", "bus"].counted) == 0


def test_what_is_counted_too_often_does_not_make_up_for_what_is_missed() -> None:
    counted = told(ONE, ONE, ("north", "in", "car", 5.0))  # one too many; the bus is missed
    found = movements(TRUTH, counted, SECONDS)
    assert absolute_error([found]) == pytest.approx(2 / 3)
    assert total_error([found]) == 0


def test_a_wrong_class_is_an_error_of_classes_only() -> None:
    found = movements(clip(ONE), told(("north", "in", "van", 2.5)), SECONDS)
    assert absolute_error([found]) == 0
    assert absolute_error([found], by_class=True) == 2


def test_the_score_forgives_what_is_made_up_for_by_the_end_and_not_what_is_missed() -> None:
    exact = movement({3: 2}, {3: 2})
    late, missed = movement({3: 2}, {4: 2}), movement({3: 2}, {3: 1})
    assert count_score(exact) == 1
    assert 1 > count_score(late) > count_score(missed) > 0
    assert count_score(late) == pytest.approx(1 - (4 / 55) ** 0.5)  # weights 1 to 10, over 55
    assert count_score(movement({}, {0: 3})) == 0
    assert mean_score([[exact], [movement({0: 6}, {})]]) == pytest.approx(2 / 8)


def test_who_is_seen_only_long_before_a_line_is_unseen() -> None:
    box = [0, 0, 9, 9, 0]
    frames = [[[*box, 0]] if n < 3 else [[*box, 1]] for n in range(100)]
    truth = clip(("north", "in", "car", 2.0), ("north", "in", "car", 9.0), frames=frames)
    assert unseen(truth) == 1
