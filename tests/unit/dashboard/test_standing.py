"""A device that left the fleet, or waits, is told by its document: it has no row that says so."""

import pytest
from lamplighter_client.documents import Device, Intended
from lamplighter_dashboard.actions.leaving_actions import restore
from lamplighter_dashboard.actions.proposal import NotYetError
from lamplighter_dashboard.words.on_device.standing import intended, left_line
from lamplighter_wire.messages import OperatingPoint

NOW = 1_700_000_000.0
RETIRED = Device(id="cam-1", retired_at=NOW - 60.0, shut_out="in force")
REVOKED = Device(id="cam-1", retired_at=NOW - 60.0, revoked="stolen")
RELEASED = Device(id="cam-1", retired_at=NOW - 60.0, released_at=NOW - 30.0)


def text(words: list[tuple[str, str]]) -> str:
    return "".join(part for part, _ in words)


def test_who_is_in_the_fleet_has_not_left() -> None:
    assert left_line(Device(id="cam-1"), NOW) == []


def test_that_it_left_comes_first_and_the_way_back_after() -> None:
    assert text(left_line(RETIRED, NOW)).startswith("○ retired since ")
    assert "kept out: by the broker too" in text(left_line(RETIRED, NOW))
    assert "ctrl+r restores it" in text(left_line(RETIRED, NOW))
    assert text(left_line(REVOKED, NOW)).startswith("✖ revoked: stolen")
    assert "ctrl+r" not in text(left_line(REVOKED, NOW)) + text(left_line(RELEASED, NOW))


@pytest.mark.parametrize(
    ("device", "why"),
    [(REVOKED, "never undone"), (RELEASED, "was released"), (Device(id="cam-1"), "in the fleet")],
)
def test_who_cannot_be_restored_is_refused_with_why(device: Device, why: str) -> None:
    with pytest.raises(NotYetError, match=why):
        restore(device).build({})


def test_who_can_be_is_restored() -> None:
    (request,) = restore(RETIRED).build({}).requests
    assert request.path == "/devices/cam-1/restore"


def test_what_waits_to_be_sent_is_named_with_why() -> None:
    point = OperatingPoint(variant="int8", width=256, height=192)
    waits = Intended(point=point, held="changes are released from 22:00 to 05:00 UTC")
    told = text(intended(Device(id="cam-1", intended=waits), NOW))
    assert told == (
        "\nwaits to be sent int8 at 256x192: changes are released from 22:00 to 05:00 UTC"
    )
    assert intended(Device(id="cam-1"), NOW) == []
