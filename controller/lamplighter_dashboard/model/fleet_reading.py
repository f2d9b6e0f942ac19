"""The whole fleet, and beside it the rows of a query: what is asked for narrows nothing else."""

from lamplighter_client.client import AsyncClient

from lamplighter_dashboard.model.fleet_feed import FleetFeed, Told
from lamplighter_dashboard.model.fleet_mirror import FleetMirror


class FleetReading:
    """Attributes:
    whole: all devices; every screen looks them up there.
    asked: the rows of the query, as the controller chooses them; None: no query is asked.
    """

    def __init__(self, client: AsyncClient, changed: Told, connected: Told, sort: str) -> None:
        self._client, self._changed, self._connected = client, changed, connected
        self.whole = self._feed("", sort)
        self.asked: FleetFeed | None = None

    @property
    def shown(self) -> FleetFeed:
        """What the fleet's table shows."""
        return self.asked or self.whole

    @property
    def version(self) -> tuple[int, int]:
        """Another one after each change of what is known."""
        return id(self.asked), self.whole.mirror.version + self.shown.mirror.version

    def ask(self, query: str, sort: str) -> FleetFeed | None:
        """Ask for the rows of a query, in place of those asked for before; empty: for all.

        Returns:
            What has to run for it.
        """
        self.asked = self._feed(query, sort) if query else None
        self.sort_by(sort)
        return self.asked

    def sort_by(self, sort: str) -> None:
        """In this order the table comes when it is read anew."""
        for feed in filter(None, (self.whole, self.asked)):
            feed.sort = sort

    def _feed(self, query: str, sort: str) -> FleetFeed:
        mirror = FleetMirror()
        return FleetFeed(self._client, mirror, self._changed, self._connected, query, sort)
