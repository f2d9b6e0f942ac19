"""What goes first where the disk is nearly full."""

from lamplighter_controller.services.upkeep.retention_policy import (
    DAY_S,
    HOUR_S,
    RetentionPolicy,
    next_steps,
    tightened,
)
from lamplighter_controller.store.engines import DiskRoom

POLICY = RetentionPolicy(4 * HOUR_S, 4 * DAY_S, 8 * DAY_S, 90 * DAY_S)
GB = 10**9


def test_the_finest_detail_first_and_history_never() -> None:
    ages = [tightened(POLICY, steps) for steps in range(9)]
    assert [age.windows_s / HOUR_S for age in ages] == [4, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [age.minutes_s / DAY_S for age in ages] == [4, 4, 4, 2, 1, 1, 1, 1, 1]
    assert [age.hours_s / DAY_S for age in ages] == [8, 8, 8, 8, 8, 4, 2, 1, 1]
    assert {age.history_s for age in ages} == {90 * DAY_S}


def test_what_an_operator_wants_short_is_not_made_longer() -> None:
    short = RetentionPolicy(0.0, 0.5 * HOUR_S, 0.0, 0.0)
    assert tightened(short, 5) == short


def test_steps_follow_the_room() -> None:
    disk = DiskRoom(total=1000 * GB, free=GB, reusable=0)
    assert next_steps(0, disk) == 1
    assert next_steps(3, disk) == 4
    assert next_steps(3, disk._replace(free=4 * GB)) == 3, "neither short nor enough"
    assert next_steps(3, disk._replace(reusable=20 * GB)) == 2, "its own free pages count"
    assert next_steps(0, disk._replace(free=500 * GB)) == 0
    card = DiskRoom(total=16 * GB, free=GB, reusable=0)
    assert next_steps(0, card) == 0, "a small disk is full later"
