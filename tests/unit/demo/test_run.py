"""Where the demo finds its footage."""

from lamplighter_controller.workshop.materials import shipped_folder
from lamplighter_scenes.demo_day import DEMO_DAY


def test_the_clips_of_the_checkout_are_found() -> None:
    clips = shipped_folder() / "clips"
    assert all(list(clips.glob(f"*-{phase.name}.mp4")) for phase in DEMO_DAY), clips
