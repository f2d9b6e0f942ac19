"""Follows the controller's stream of events, and reads further back when somebody asks."""

import asyncio
import time
from dataclasses import replace

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.errors import ClientError, RefusedError
from lamplighter_client.streaming.endpoints import event_stream
from lamplighter_client.typed.event_query import EventQuery
from lamplighter_client.wording import error_text

from lamplighter_dashboard.model.connection import FIRST_PAUSE_S, Connection
from lamplighter_dashboard.model.fleet_feed import UNAVAILABLE, Told
from lamplighter_dashboard.model.watching.event_log import EventLog

# The controller keeps the stream open by a line every fifteen seconds.
SILENCE_S = 40.0
PAGE = 200


class EventFeed:
    """Fills a log with what is asked for. `run` ends only by being cancelled.

    Args:
        changed: called after each change of the log.
        connected: called after each change of the connection.
    """

    def __init__(
        self, client: AsyncClient, asked: EventQuery, changed: Told, connected: Told
    ) -> None:
        self._client, self.asked = client, asked
        self._changed, self._connected = changed, connected
        self.connection = Connection()
        self.log = EventLog()

    async def run(self) -> None:
        """Read the newest, then follow; after a break go on where it was."""
        while True:
            try:
                if not self.connection.heard_at:
                    await self._read()
                await self._follow()
                await asyncio.sleep(FIRST_PAUSE_S)
            except ClientError as error:
                self._lost(error)
                await asyncio.sleep(self.connection.left_s(time.time()))

    async def read_older(self) -> None:
        """A page of those before the first one.

        Raises:
            ClientError: it could not be read; the log is as it was.
        """
        if self.log.has_older:
            page = await self._page(replace(self.asked, before=self.log.oldest))
            self.log.add_older(page, has_older=len(page) == PAGE)
            self._changed()

    async def _read(self) -> None:
        page = await self._page(self.asked)
        self.log.begin(page, has_older=len(page) == PAGE)
        self._heard()
        self._changed()

    async def _follow(self) -> None:
        stream = event_stream(self.log.newest, self.asked)
        async for _, event in self._client.listen(stream, SILENCE_S, heard=self._heard):
            self.log.take(event)
            self._changed()

    async def _page(self, asked: EventQuery) -> list[Event]:
        return await self._client.send(endpoints.events(0, PAGE, asked))

    def _heard(self) -> None:
        was = self.connection
        self.connection = was.heard(time.time())
        if was.link is not self.connection.link:
            self._connected()

    def _lost(self, error: ClientError) -> None:
        refused = isinstance(error, RefusedError) and error.status < UNAVAILABLE
        self.connection = self.connection.lost(error_text(error), time.time(), refused=refused)
        self._connected()
