"""The rate at which frames come."""

import pytest
from lamplighter_agent.camera.live.arrival_rate import SPAN_S, ArrivalRate


def come(rate: ArrivalRate, fps: float, seconds: float, since_s: float = 0.0) -> float:
    """Frames at a rate; when the last one came."""
    for n in range(1, round(seconds * fps) + 1):
        rate.add(since_s + n / fps)
    return since_s + seconds


@pytest.mark.parametrize("fps", [0.5, 5.0, 25.0])
def test_what_comes_is_measured(fps: float) -> None:
    rate = ArrivalRate()
    rate.open(0.0)
    assert rate.fps == 0.0
    come(rate, fps, 20.0)
    assert rate.fps == pytest.approx(fps)


def test_a_burst_at_the_beginning_counts_nothing() -> None:
    rate = ArrivalRate()
    rate.open(0.0)
    for _ in range(100):
        rate.add(0.1)
    come(rate, 5.0, 8.0, since_s=0.1)
    assert rate.fps == pytest.approx(5.0)


def test_a_camera_that_slows_down_at_night_is_followed() -> None:
    rate = ArrivalRate()
    rate.open(0.0)
    dusk_s = come(rate, 25.0, 30.0)
    come(rate, 8.0, SPAN_S + 1.0, since_s=dusk_s)
    assert rate.fps == pytest.approx(8.0, rel=0.05)


def test_what_was_measured_holds_while_a_new_connection_settles() -> None:
    rate = ArrivalRate()
    rate.open(0.0)
    come(rate, 5.0, 20.0)
    rate.open(60.0)
    rate.add(60.2)
    assert rate.fps == pytest.approx(5.0)
