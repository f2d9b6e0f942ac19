"""A link that is slow or ends again and again: what comes is shown, and nobody is stormed."""

import asyncio
import threading
import time
from collections.abc import Sequence

import msgspec
from fastapi import FastAPI, Response
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import FleetPage
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges
from lamplighter_client.target import Target
from lamplighter_dashboard.model.connection import FIRST_PAUSE_S
from lamplighter_dashboard.model.fleet_feed import FleetFeed
from lamplighter_dashboard.model.fleet_mirror import FleetMirror
from lamplighter_dashboard.screens.base import OLD, PolledScreen
from textual.widget import Widget
from textual.widgets import Static

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import PATIENCE_S, Session
from tests.simulators.served_app import served


class SlowScreen(PolledScreen[str]):
    """Reads for longer than the time between two readings."""

    every_s = 0.05
    begun = 0

    def body(self) -> Sequence[Widget]:
        return (Static(id="line"),)

    async def read(self, client: AsyncClient) -> str:
        self.begun += 1
        await asyncio.sleep(6 * self.every_s)
        return f"read {self.begun}"

    def show(self, read: str) -> None:
        self.query_one("#line", Static).update(read)


class HeldScreen(PolledScreen[int]):
    """Reads once, and again when somebody lets it."""

    every_s = 1000.0

    def __init__(self) -> None:
        super().__init__()
        self.may_read, self.begun = asyncio.Event(), 0
        self.may_read.set()

    def body(self) -> Sequence[Widget]:
        return (Static(id="line"),)

    async def read(self, client: AsyncClient) -> int:
        self.begun += 1
        await self.may_read.wait()
        return self.begun

    def show(self, read: int) -> None:
        self.query_one("#line", Static).update(f"read {read}")


def test_what_was_covered_is_read_anew_and_dimmed_until_then(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        screen = HeldScreen()
        await seen.app.push_screen(screen)
        await seen.until(lambda: seen.text("#line") == "read 1", "what was read")
        seen.app.action_keys()
        await seen.pilot.pause()
        await seen.press("escape")
        await seen.until(lambda: seen.text("#line") == "read 2", "what is read on return")
        assert not screen.has_class(OLD), "it was not covered for longer than its turn"
        seen.app.action_keys()
        await seen.pilot.pause()
        screen.may_read.clear()
        screen.every_s = 0.0
        await seen.press("escape")
        assert screen.has_class(OLD)
        assert seen.text("#line") == "read 2"
        assert screen.query_one("#line").opacity < 1.0 == screen.query_one("#stale").opacity
        await seen.until(lambda: "Reading anew: all below is as of" in seen.seen(), "its age")
        screen.may_read.set()
        await seen.until(lambda: seen.text("#line") == "read 3", "what is so now")
        assert not screen.has_class(OLD)
        await seen.until(lambda: not screen.query_one("#stale").display, "nothing is old")

    city.drive(steps)


def test_a_reading_that_takes_long_is_not_begun_anew(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        seen.app.push_screen(SlowScreen())
        await seen.pilot.pause()
        await seen.until(lambda: seen.text("#line").startswith("read "), "what was read")
        first = seen.text("#line")
        await seen.until(lambda: seen.text("#line") != first, "what was read after it")

    city.drive(steps)


def test_a_stream_that_ends_at_once_is_not_asked_for_without_a_pause() -> None:
    app, asked = FastAPI(), list[float]()
    second = threading.Event()

    def page() -> Response:
        return Response(msgspec.json.encode(FleetPage(cursor="a.1")), media_type="application/json")

    def changes() -> Response:
        asked.append(time.monotonic())
        if len(asked) > 1:
            second.set()
        told = msgspec.json.encode(FleetChanges(reset=True)).decode()
        return Response(f"data: {told}\n\n", media_type="text/event-stream")

    app.add_api_route("/api/v1/fleet/rows", page)
    app.add_api_route("/api/v1/fleet/changes", changes)

    async def follow(url: str) -> None:
        feed = FleetFeed(AsyncClient(Target(url, "t"), 10.0), FleetMirror(), list, list)
        following = asyncio.create_task(feed.run())
        assert await asyncio.to_thread(second.wait, PATIENCE_S)
        following.cancel()

    with served(app) as url:
        asyncio.run(follow(url))
    assert asked[1] - asked[0] > 0.9 * FIRST_PAUSE_S
