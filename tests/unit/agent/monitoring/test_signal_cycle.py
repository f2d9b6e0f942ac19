"""The cycle of a traffic light from how many objects are in sight."""

import numpy as np
import pytest
from lamplighter_agent.monitoring.signal_cycle import signal_cycle_s


def counts(seconds, period_s, red_share, low, high, seed=0):
    """(second, objects) of a junction with Poisson scatter."""
    rng = np.random.default_rng(seed)
    red_s = period_s * red_share
    return [(1e9 + t, rng.poisson(high if t % period_s < red_s else low)) for t in range(seconds)]


@pytest.mark.parametrize("period_s", [30, 45, 60, 90, 120, 150])
@pytest.mark.parametrize("red_share", [0.3, 0.5, 0.7])
def test_the_cycle_of_a_light_is_learned_from_its_queues(period_s, red_share):
    cycle_s = signal_cycle_s(counts(600, period_s, red_share, 3, 12))
    assert cycle_s == pytest.approx(period_s, rel=0.05)


def test_without_a_light_no_cycle_is_learned():
    assert signal_cycle_s([]) == 0
    assert signal_cycle_s(counts(600, 60, 0.5, 0, 0)) == 0
    filling = [(float(t), t / 20) for t in range(600)]
    assert signal_cycle_s(filling) == 0
    assert signal_cycle_s(counts(100, 60, 0.5, 3, 12)) == 0  # seen too seldom
    assert [signal_cycle_s(counts(600, 60, 0.5, 8, 8, seed)) for seed in range(50)] == [0] * 50
