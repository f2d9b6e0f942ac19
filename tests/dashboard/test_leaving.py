"""Nobody leaves in the middle of what was confirmed without having been asked."""

import threading

from lamplighter_client import endpoints
from lamplighter_dashboard.actions.proposal import Proposal, settled
from lamplighter_dashboard.performing import LeavingScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import PATIENCE_S, Session


def has_left(seen: Session) -> bool:
    return seen.app._exit  # noqa: SLF001 - nothing else tells before it is over


def takes_long(until: threading.Event) -> Proposal:
    """Two things, of which the second is over once something is."""

    def deed() -> None:
        until.wait(PATIENCE_S)

    return Proposal("Two things", ["They are done."], [endpoints.probe("box-1")], "done", deed=deed)


async def in_the_middle(seen: Session, until: threading.Event) -> None:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.propose(settled(takes_long(until)))
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    await seen.press("ctrl+s")
    await seen.until(lambda: seen.app.progress == "Two things: 1 of 2 done", "the first thing")


def test_whoever_leaves_in_the_middle_is_asked(city: ServedFleet) -> None:
    until = threading.Event()

    async def steps(seen: Session) -> None:
        await in_the_middle(seen, until)
        for by in (["q"], ["ctrl+q"], ["colon", *"quit", "enter"]):
            await seen.press(*by)
            screen = seen.app.screen
            assert isinstance(screen, LeavingScreen), by
            assert screen.query_one("#choose").border_title == "Two things: 1 of 2 done; quit?"
            await seen.press("enter")
            assert not has_left(seen), "to stay is what Enter alone does"
        await seen.press("q", "down", "enter")
        assert not has_left(seen), "it is not done yet"
        until.set()
        await seen.until(lambda: has_left(seen), "its end")
        assert seen.app.parting == "done"

    city.drive(steps)


def test_it_is_left_at_once_and_said_how_far_it_came(city: ServedFleet) -> None:
    until = threading.Event()

    async def steps(seen: Session) -> None:
        await in_the_middle(seen, until)
        await seen.press("q", "down", "down", "enter")
        assert has_left(seen)
        assert seen.app.parting == "Two things: 1 of 2 done; the rest was left"
        until.set()

    city.drive(steps)


def test_nobody_is_asked_when_nothing_is_being_done(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.press("q")
        assert has_left(seen)

    city.drive(steps)
