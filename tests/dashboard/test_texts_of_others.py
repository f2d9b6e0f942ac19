"""What devices and operators wrote is shown as it is: none of it is markup, or speaks to the
terminal."""

import pytest
from lamplighter_wire.messages import Event

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session

TEXTS = [
    "[bold red]x[/]",
    "[@click=app.quit]q[/]",
    "[/]",
    "$accent [b",
    "\\[x]",
    "a\x1b[2Jb",
    "a\nb",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_others_come_out_as_they_are(city: ServedFleet, text: str) -> None:
    rig, name = city.fleet.rig, "gateway-1"
    rig.store.configure_device(name, None, labels={"lens": text[:12]})
    city.fleet.gateway.say(
        "event", Event(device=name, seq=9, at=rig.clock.time(), kind="note", text=text)
    )
    shown = text if text.isprintable() else text.replace("\x1b", "�").replace("\n", " ")

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        seen.app.change_view(columns=("device", "label:lens"))
        await seen.until(lambda: shown[:12] in seen.seen(), "the label in the table")
        await seen.opened(name)
        await seen.press("tab", "tab", "tab")
        await seen.until(lambda: shown[:12] in seen.seen(), "the label on the page")
        seen.app.open_events(name)
        await seen.until(lambda: shown in seen.seen(), "the event")

    city.drive(steps)
