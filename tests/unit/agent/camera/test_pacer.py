"""Slots at a rate."""

import pytest
from lamplighter_agent.camera.pacer import Pacer
from lamplighter_wire.clock import ManualClock


def test_the_pacer_keeps_slots_and_counts_the_missed():
    clock = ManualClock()
    pacer = Pacer(clock)
    assert [pacer.wait(5) for _ in range(3)] == [0, 0, 0]
    assert clock.monotonic() == pytest.approx(0.4)
    clock.advance(0.5)  # slots at 0.6 and 0.8 pass while the device is busy
    assert pacer.wait(5) == 1
    assert clock.monotonic() == pytest.approx(0.9)
    assert pacer.wait(5) == 0
    assert clock.monotonic() == pytest.approx(1.0)
