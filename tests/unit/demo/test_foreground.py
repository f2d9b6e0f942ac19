"""The dashboard in front of a day: whoever ends first, the other follows."""

from threading import Event
from typing import Any

import pytest
from lamplighter_demo.errors import DemoError
from lamplighter_demo.foreground import run_beside
from textual.app import App
from textual.pilot import Pilot


class Screen(App[None]):
    """An application without a terminal that presses a key when it is up."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012 - Textual's own form

    def __init__(self, key: str = "") -> None:
        super().__init__()
        self._key = key

    def run(self, **_: Any) -> None:
        async def press(pilot: Pilot[None]) -> None:
            if self._key:
                await pilot.press(self._key)

        super().run(headless=True, auto_pilot=press)


def test_q_ends_the_work_which_is_waited_for() -> None:
    done = []

    def work(stop: Event) -> None:
        assert stop.wait(60.0)
        done.append("the report is written")

    assert not run_beside(Screen("q"), work)
    assert done


def test_the_end_of_the_work_closes_the_screen() -> None:
    assert run_beside(Screen(), lambda _stop: None)


def test_what_went_wrong_is_raised_where_the_screen_was() -> None:
    def work(_stop: Event) -> None:
        raise DemoError("the controller ended")

    with pytest.raises(DemoError, match="the controller ended"):
        run_beside(Screen(), work)
