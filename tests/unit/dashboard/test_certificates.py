"""Which certificates end soonest, and what to do."""

from lamplighter_client.documents import FleetRow
from lamplighter_dashboard.words.joining.certificates import DAY_S, left_text, mend_text, soonest

NOW = 1.8e9


def row(name: str, days: float) -> FleetRow:
    return FleetRow(id=name, certificate_ends_at=NOW + days * DAY_S)


def test_the_first_to_end_comes_first_and_what_holds_for_long_is_left_out() -> None:
    rows = [row("b", 100), row("a", -3), row("c", 800), FleetRow(id="untold")]
    assert [one.id for one in soonest(rows, NOW)] == ["a", "b"]


def test_what_ended_is_said_with_what_to_do() -> None:
    assert left_text(row("a", -3), NOW) == ("ended 3 days ago", "error")
    assert "token" in mend_text(row("a", -3), NOW)
    assert left_text(row("a", 100), NOW) == ("in 100 days", "warning")
    assert "events say why" in mend_text(row("a", 100), NOW)
    assert left_text(row("a", 300), NOW) == ("in 300 days", "text")
    assert mend_text(row("a", 300), NOW) == ""
