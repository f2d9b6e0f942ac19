"""Events in words, for the dashboard and the demo's log alike. Pure."""

from typing import Any

Json = dict[str, Any]
CONTROLLER = "controller"


def speaker(event: Json) -> str:
    """Whom an event is about."""
    return str(event.get("device") or CONTROLLER)


def said(event: Json) -> str:
    """What happened, without the device's name in front."""
    text = str(event.get("text") or event.get("kind") or "")
    return text.removeprefix(speaker(event)).removeprefix(":").lstrip()


def worth_saying(event: Json) -> bool:
    """Whether it is news: the controller repeats each outcome that a device notes, with detail."""
    return event.get("kind") != "deployment" or "outcome" not in (event.get("data") or {})
