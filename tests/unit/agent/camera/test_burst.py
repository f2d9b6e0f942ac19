"""A fast object is followed at a low frame rate, because the device looks twice at what is new."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.camera.burst import APART_S, MOST_CREDIT, MOST_SHARE, LookState, after_frame
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.tracking import Tracker

PERIOD_S = 1 / 3
WIDTH = 60.0


def box(speed: float, at: float) -> np.ndarray:
    """A car that drives to the right, 60 pixels wide."""
    x = 20 + speed * at
    return np.array([[x, 200, x + WIDTH, 230, 0.9, 0]], np.float32)


def demand(speed: float, *, second_look: bool) -> float:
    """What a device at 3 frames/s believes of a car that crosses the picture."""
    tracker, motion, state = Tracker(640, 480), MotionWindow(30.0), LookState()
    at = 0.0
    while 20 + speed * at < 640 - WIDTH:
        motion.add(tracker.update(box(speed, at), at))
        state = after_frame(state, tracker.fresh, PERIOD_S)
        at += APART_S if second_look and state.looking else PERIOD_S
    return motion.demand(1.0, 15.0)


@pytest.mark.parametrize("asked", [8.0, 10.0])
def test_a_car_too_fast_for_the_rate_raises_the_demand(asked: float) -> None:
    speed = asked * WIDTH / 2
    assert demand(speed, second_look=False) == 1.0
    assert demand(speed, second_look=True) == pytest.approx(asked, rel=0.1)


def test_what_is_followed_anyway_is_seen_the_same() -> None:
    speed = 3.0 * WIDTH / 2
    assert demand(speed, second_look=True) == pytest.approx(
        demand(speed, second_look=False), rel=0.1
    )


def test_a_quick_rate_needs_no_look() -> None:
    assert not after_frame(LookState(credit=3.0), 5, period_s=1.9 * APART_S).looking


@given(st.lists(st.integers(0, 4), max_size=300))
def test_looks_are_a_bounded_share_of_the_frames(fresh: list[int]) -> None:
    state, looks = LookState(), 0
    for count in fresh:
        state = after_frame(state, count, PERIOD_S)
        looks += state.looking
        assert 0 <= state.credit <= MOST_CREDIT
    assert looks <= 1 + MOST_CREDIT + MOST_SHARE * len(fresh)
