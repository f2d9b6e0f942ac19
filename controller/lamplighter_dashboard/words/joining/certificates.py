"""Certificates of devices that end soon. Pure."""

from collections.abc import Iterable

from lamplighter_client.documents import FleetRow

DAY_S = 86_400.0
# The controller has one replaced 150 to 210 days before its end.
SHOWN_DAYS, LATE_DAYS, MOST = 365, 150, 20
RENEWED = "each is renewed by itself, 150 to 210 days before"


def soonest(rows: Iterable[FleetRow], now: float) -> list[FleetRow]:
    """Those that end within a year, the first to end first."""
    ending = [row for row in rows if 0 < row.certificate_ends_at < now + SHOWN_DAYS * DAY_S]
    return sorted(ending, key=lambda row: (row.certificate_ends_at, row.id))[:MOST]


def left_text(row: FleetRow, now: float) -> tuple[str, str]:
    """How long it holds, and the tone of that."""
    days = (row.certificate_ends_at - now) / DAY_S
    if days < 0:
        return f"ended {-days:.0f} days ago", "error"
    return f"in {days:.0f} days", "warning" if days < LATE_DAYS else "text"


def mend_text(row: FleetRow, now: float) -> str:
    """What to do; empty: nothing."""
    days = (row.certificate_ends_at - now) / DAY_S
    if days < 0:
        return "it cannot connect: n makes a token, with which it enrols again"
    return "it should have been renewed: its events say why not" if days < LATE_DAYS else ""
