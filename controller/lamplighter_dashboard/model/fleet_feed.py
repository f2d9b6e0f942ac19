"""Reads the fleet's table and follows its changes, for as long as somebody looks."""

import asyncio
import time
from collections.abc import Callable

from lamplighter_client.client import AsyncClient
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges
from lamplighter_client.errors import ClientError, RefusedError
from lamplighter_client.streaming import endpoints
from lamplighter_client.wording import error_text

from lamplighter_dashboard.model.connection import FIRST_PAUSE_S, Connection
from lamplighter_dashboard.model.fleet_mirror import FleetMirror

# The controller keeps the stream open by a line every five seconds.
SILENCE_S = 15.0
FIRST_ROWS, MORE_ROWS = 200, 2000
UNAVAILABLE = 500

Told = Callable[[], object]


class FleetFeed:
    """Fills a mirror. `run` ends only by being cancelled.

    Args:
        changed: called after each change of the mirror.
        connected: called after each change of the connection.
        query: which rows; empty: all.
        sort: in which order they come when the table is read; may be changed at any time.
    """

    def __init__(
        self,
        client: AsyncClient,
        mirror: FleetMirror,
        changed: Told,
        connected: Told,
        query: str = "",
        sort: str = "health",
    ) -> None:
        self._client, self.mirror = client, mirror
        self._changed, self._connected = changed, connected
        self.connection = Connection()
        self.query, self.sort = query, sort
        self._cursor = ""

    async def run(self) -> None:
        """Read and follow, again after each break."""
        while True:
            try:
                if not self._cursor:
                    await self._read()
                await self._follow()
                await asyncio.sleep(FIRST_PAUSE_S)
            except ClientError as error:
                self._lost(error)
                await asyncio.sleep(self.connection.left_s(time.time()))

    async def _read(self) -> None:
        """The whole table; the first page is shown before the rest is there."""
        request = endpoints.fleet_rows(self.query, sort=self.sort, limit=FIRST_ROWS)
        page = await self._client.send(request)
        self.mirror.begin(page, time.time())
        self._heard()
        self._changed()
        cursor = page.cursor
        while page.after:
            request = endpoints.fleet_rows(
                self.query, sort=self.sort, after=page.after, limit=MORE_ROWS
            )
            page = await self._client.send(request)
            self.mirror.add(page, time.time())
            self._changed()
        self._cursor = cursor

    async def _follow(self) -> None:
        request = endpoints.fleet_changes(self.query, after=self._cursor)
        async for cursor, changes in self._client.listen(request, SILENCE_S, self._heard):
            if changes.reset:
                self._cursor = ""
                return
            self._cursor = cursor
            self._take(changes)

    def _take(self, changes: FleetChanges) -> None:
        self.mirror.apply(changes, time.time())
        self._changed()

    def _heard(self) -> None:
        """What is shown is what is now, also while nothing changes."""
        was = self.connection
        self.connection = was.heard(time.time())
        if was.link is not self.connection.link:
            self._connected()

    def _lost(self, error: ClientError) -> None:
        refused = isinstance(error, RefusedError) and error.status < UNAVAILABLE
        self.connection = self.connection.lost(error_text(error), time.time(), refused=refused)
        self._connected()
