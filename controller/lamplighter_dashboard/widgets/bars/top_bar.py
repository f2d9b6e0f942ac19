"""Where one is, and whether what is shown is what is."""

import time

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from lamplighter_dashboard.model.connection import Connection, Link
from lamplighter_dashboard.words import figures

SEPARATOR = " › "


class TopBar(Horizontal):
    """Breadcrumbs on the left, context and clock on the right."""

    def compose(self) -> ComposeResult:
        yield Static(id="crumbs")
        yield Static(id="where")

    def show(self, crumbs: list[str], where: str) -> None:
        """`where`: controller, and whether anything may be changed."""
        if not self.children:
            return  # it is being put up, or taken down with its screen
        text = Text(SEPARATOR.join(crumbs), no_wrap=True, overflow="ellipsis")
        self.query_one("#crumbs", Static).update(text)
        clock = time.strftime("%H:%M:%S")
        self.query_one("#where", Static).update(Text(f"{where}  {clock}", no_wrap=True))


class StaleBar(Static):
    """Shown while the controller is away: since when, why, and when it is tried again."""

    def show(self, connection: Connection, now: float, *, is_old: bool = False) -> None:
        """Follow the connection; hidden while it is open. `is_old`: it is being read anew."""
        self.display = is_old or connection.link in (Link.AWAY, Link.REFUSED)
        if self.display:
            self.update(Text(stale_text(connection, now)))


def stale_text(connection: Connection, now: float) -> str:
    """In one or two sentences."""
    at = time.strftime("%H:%M:%S", time.localtime(connection.heard_at))
    if connection.link is Link.OPEN:
        return f"Reading anew: all below is as of {at}."
    again_s = connection.left_s(now)
    again = f"Trying again in {again_s:.0f} s." if again_s >= 0.5 else "Trying again now."
    reason = (
        connection.reason if connection.reason.endswith((".", "?")) else f"{connection.reason}."
    )
    if not connection.heard_at:
        return f"✖ {reason} {again}"
    since = figures.age(now - connection.heard_at)
    return f"✖ Not heard for {since}: all below is as of {at}. {reason} {again}"
