"""When something was heard last: with each event, and with each sign that the stream is open."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges, FleetPage
from lamplighter_client.target import Target
from lamplighter_client.typed.event_query import EventQuery
from lamplighter_dashboard.model.connection import Link
from lamplighter_dashboard.model.fleet_feed import FleetFeed
from lamplighter_dashboard.model.fleet_mirror import FleetMirror
from lamplighter_dashboard.model.watching.event_feed import EventFeed

PATIENCE_S = 60.0
EVENT = f"id: 7\ndata: {msgspec.json.encode(Event(id=7, text='x')).decode()}\n\n"
CHANGES = f"id: a.2\ndata: {msgspec.json.encode(FleetChanges()).decode()}\n\n"


class HeldStream(httpx.AsyncByteStream):
    """Gives what is put into it."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.opened = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.opened.set()
        while True:
            yield await self.pieces.get()


def feed_on(stream: HeldStream, kind: str) -> EventFeed | FleetFeed:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(("/events", "/changes")):
            return httpx.Response(200, stream=stream)
        page = FleetPage(cursor="a.1") if kind == "fleet" else []
        return httpx.Response(200, content=msgspec.json.encode(page))

    client = AsyncClient(Target("http://controller", "t"), transport=httpx.MockTransport(handle))
    if kind == "fleet":
        return FleetFeed(client, FleetMirror(), list, list)
    return EventFeed(client, EventQuery(), list, list)


async def heard_after(feed: EventFeed | FleetFeed, before: float) -> float:
    while feed.connection.heard_at <= before:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.005)
    assert feed.connection.link is Link.OPEN
    return feed.connection.heard_at


@pytest.mark.parametrize("kind", ["fleet", "events"])
def test_each_event_and_each_sign_of_life_is_noted(kind: str) -> None:
    async def follow() -> None:
        stream = HeldStream()
        feed = feed_on(stream, kind)
        following = asyncio.create_task(feed.run())
        await heard_after(feed, 0.0)
        await asyncio.wait_for(stream.opened.wait(), PATIENCE_S)
        heard_at = feed.connection.heard_at
        for piece in (": still here\n\n", EVENT if kind == "events" else CHANGES, ":\n\n"):
            stream.pieces.put_nowait(piece.encode())
            heard_at = await asyncio.wait_for(heard_after(feed, heard_at), PATIENCE_S)
        following.cancel()

    asyncio.run(follow())
