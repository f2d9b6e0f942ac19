"""Each lane gets its share of the deciding thread, and no lane waits for another to be empty."""

from collections import Counter

import pytest
from lamplighter_controller.services.deciding.lanes import SHARES, Lane, Lanes, Task, nothing


def filled(counts: dict[Lane, int]) -> Lanes:
    lanes, number = Lanes(), 0
    for lane, count in counts.items():
        for _ in range(count):
            lanes.put(Task(number, lane, nothing))
            number += 1
    return lanes


def turns(lanes: Lanes, count: int, seconds: dict[Lane, float]) -> list[Lane]:
    """Lanes in the order of their turns, when a task of each takes so long."""
    taken = []
    for _ in range(count):
        task = lanes.take()
        assert task is not None
        lanes.charge(task.lane, seconds[task.lane])
        taken.append(task.lane)
    return taken


def test_among_equals_the_first_comes_first() -> None:
    lanes = Lanes()
    order = [Lane.TELEMETRY, Lane.PRESENCE, Lane.DECISIONS, Lane.PRESENCE]
    for number, lane in enumerate(order):
        lanes.put(Task(number, lane, nothing))
    assert turns(lanes, 4, dict.fromkeys(Lane, 0.0)) == order
    assert lanes.take() is None


@pytest.mark.parametrize("slow", list(Lane))
def test_time_is_shared_whatever_a_task_of_a_lane_takes(slow: Lane) -> None:
    lanes = filled(dict.fromkeys(Lane, 2000))
    seconds = {lane: 0.05 if lane is slow else 0.001 for lane in Lane}
    count = Counter(turns(lanes, 1000, seconds))
    used = {lane: count[lane] * seconds[lane] for lane in Lane}
    whole = sum(used.values())
    for lane in Lane:
        share = SHARES[lane] / sum(SHARES.values())
        assert used[lane] / whole == pytest.approx(share, abs=0.1)


def test_a_birth_does_not_wait_for_ten_thousand_windows() -> None:
    lanes = filled({Lane.TELEMETRY: 10_000})
    turns(lanes, 100, dict.fromkeys(Lane, 0.05))
    lanes.put(Task(20_000, Lane.PRESENCE, nothing))
    assert Lane.PRESENCE in turns(lanes, 2, dict.fromkeys(Lane, 0.05))


def test_a_lane_that_was_empty_has_saved_nothing_up() -> None:
    lanes = filled({Lane.TELEMETRY: 1000})
    turns(lanes, 200, dict.fromkeys(Lane, 1.0))
    for number in range(500):
        lanes.put(Task(2000 + number, Lane.DECISIONS, nothing))
    count = Counter(turns(lanes, 60, dict.fromkeys(Lane, 1.0)))
    assert count[Lane.TELEMETRY] == pytest.approx(40, abs=2), "two thirds, by their shares"


def owned(lanes: Lanes, owners: str) -> None:
    for number, owner in enumerate(owners):
        lanes.put(Task(number, Lane.PRESENCE, nothing, owner=owner))


def whose(lanes: Lanes) -> str:
    owners = []
    while (task := lanes.take()) is not None:
        owners.append(task.owner)
    return "".join(owners)


def test_within_a_lane_owners_take_turns_and_each_keeps_its_order() -> None:
    lanes = Lanes()
    owned(lanes, "aaaaaabbc")
    numbers = [task.number for task in iter(lanes.take, None) if task.owner == "a"]
    assert numbers == sorted(numbers)
    owned(lanes, "aaaaaabbc")
    assert whose(lanes) == "abcabaaaa"
    assert len(lanes) == 0


def test_what_is_put_back_is_next() -> None:
    lanes = Lanes()
    owned(lanes, "aab")
    first = lanes.take()
    assert first is not None
    lanes.put_back(first)
    assert lanes.take() is first
    assert whose(lanes) == "ba"
