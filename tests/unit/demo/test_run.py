"""Where the demo finds its footage."""

from lamplighter_demo.run import CLIPS
from lamplighter_scenes.demo_day import DEMO_DAY


def test_the_clips_of_the_checkout_are_found() -> None:
    assert all(list(CLIPS.glob(f"*-{phase.name}.mp4")) for phase in DEMO_DAY), CLIPS
