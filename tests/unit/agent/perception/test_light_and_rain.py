"""Light and rain from pixels."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.perception.light_and_rain import LightAndRainMeter, brightness, rain_score


def street(rng, level=110.0):
    """A textured grey street with sensor noise."""
    texture = np.random.default_rng(1).normal(0, 20, (480, 640))
    return np.clip(level + texture + rng.normal(0, 3, (480, 640)), 0, 255).astype(np.uint8)


def rained_on(picture, rng, streaks=260):
    """Thin, bright, nearly vertical streaks."""
    wet = picture.astype(np.int16)
    for _ in range(streaks):
        x, y, length = rng.integers(0, 630), rng.integers(0, 450), rng.integers(8, 26)
        for k in range(length):
            wet[min(y + k, 479), x + k // 6] += 30
    return np.clip(wet, 0, 255).astype(np.uint8)


def test_rain_is_told_from_noise_and_from_traffic():
    rng = np.random.default_rng(2)
    before, now = street(rng), street(rng)
    assert rain_score(before, now) < 0.05
    assert rain_score(rained_on(before, rng), rained_on(now, rng)) > 0.5
    now[200:300, 100:260] = 240  # a lorry drives in
    assert rain_score(before, now) < 0.1


def test_night_is_told_by_its_dark_parts():
    night = np.full((480, 640), 15, np.uint8)
    night[:200, :400] = 250  # lamps do not make it day
    assert brightness(night) < 0.1
    assert brightness(street(np.random.default_rng(0))) > 0.2
    assert brightness(np.full((480, 640), 16, np.uint8), 16, 235) == 0


def test_the_meter_needs_two_frames_and_then_rests():
    meter = LightAndRainMeter(interval_s=1.0)
    picture = np.full((480, 640, 3), 128, np.uint8)
    readings = [meter.look(frame_of(picture, at)) for at in np.arange(0, 2.4, 0.2)]
    assert [k for k, reading in enumerate(readings) if reading] == [1, 7]
    assert readings[7].brightness == pytest.approx(0.5, abs=0.02)
    assert readings[7].rain == 0


def test_the_meter_goes_on_when_the_clock_is_set_back():
    meter, grey = LightAndRainMeter(), np.full((480, 640, 3), 90, np.uint8)
    readings = [
        meter.look(frame_of(grey, start + k / 10)) for start in (9000.0, 0.0) for k in range(40)
    ]
    before, after = readings[:40], readings[40:]
    assert sum(map(bool, before)) == sum(map(bool, after)) > 2
