"""Light and weather as a device reads them from the demo's clips, against how they were made."""

import gzip
import json
from pathlib import Path

import pytest
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.perception.light_and_rain import LightAndRainMeter
from lamplighter_wire.clock import ManualClock

CLIPS = Path(__file__).parents[2] / "deploy/demo/clips"


@pytest.mark.parametrize("clip", sorted(CLIPS.glob("*.mp4")), ids=lambda path: path.stem)
def test_every_look_at_a_clip_tells_light_and_weather(clip):
    truth = json.loads(gzip.decompress(clip.with_suffix(".truth.json.gz").read_bytes()))
    settings = ShiftSettings()
    source = clip_source(clip, ManualClock(), realtime=False)
    meter = LightAndRainMeter(interval_s=2.0)
    looks = 0
    while (frame := source.read()) is not None:
        seen = meter.look(frame)
        if seen is None:
            continue
        looks += 1
        if truth["light"] == "night":
            assert seen.brightness < settings.night_below
        else:
            assert seen.brightness > settings.day_above
            assert (seen.rain > settings.rain_above) == (truth["weather"] == "rain")
            assert (seen.rain < settings.dry_below) == (truth["weather"] == "dry")
    assert looks >= 1
