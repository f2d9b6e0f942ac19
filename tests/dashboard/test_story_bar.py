"""What somebody who shows the dashboard tells stands above each of its screens."""

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session


def test_a_story_is_told_on_each_screen_and_without_one_there_is_no_line(
    city: ServedFleet,
) -> None:
    lines = ["08:00:05 on the street"]

    async def steps(seen: Session) -> None:
        await seen.until(lambda: lines[0] in seen.seen(), "the story")
        lines[0] = "[bold]box-1[/]: switched off"
        await seen.until(lambda: lines[0] in seen.seen(), "what is told now, as it is")
        seen.app.action_go("events")
        await seen.until(lambda: lines[0] in seen.seen(), "the same elsewhere")

    async def without(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        assert not seen.app.screen.query_one("#story").display

    city.drive(steps, size=NARROW, story=lambda: lines[0])
    city.drive(without, size=NARROW)
