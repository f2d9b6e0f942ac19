"""Where a device stands that does what nobody sees in its row: it left, or waits. Pure."""

from lamplighter_client.documents import Device
from lamplighter_client.making.plan_words import held_text
from lamplighter_client.wording import size_text

from lamplighter_dashboard.words.events import when

Words = list[tuple[str, str]]
SHUT_OUT = {"pending": "the broker is being told", "in force": "by the broker too"}


def left_how(device: Device, now: float) -> tuple[str, str]:
    """Retired, revoked and why, or with its name given away; and the tone."""
    if device.revoked:
        return f"revoked: {device.revoked}", "error"
    if device.released_at is not None:
        return f"its name was released {when(device.released_at, now)}", "warning"
    return "retired", "dim"


def kept_out(device: Device) -> str:
    """Whether the broker keeps it out, or what somebody must do for that."""
    return SHUT_OUT.get(device.shut_out, device.shut_out)


def left_line(device: Device, now: float) -> Words:
    """That it is out of the fleet, since when, why, and the way back; empty: it is in."""
    if device.retired_at is None:
        return []
    how, tone = left_how(device, now)
    since = when(device.retired_at, now)
    words: Words = [(f"○ retired since {since}" if how == "retired" else f"✖ {how}", tone)]
    if how != "retired":
        words.append((f"  out of the fleet since {since}", "text"))
    words.append((f"  kept out: {kept_out(device)}", "dim") if device.shut_out else ("", "dim"))
    words.append((f"\n{_way_back(device)}", "dim"))
    return words


def intended(device: Device, now: float) -> Words:
    """What it shall serve and is not told yet, and why; empty: nothing waits."""
    waits = device.intended
    if waits is None or device.retired_at is not None:
        return []
    why = held_text(waits, lambda at: when(at, now))
    return [
        (f"\nwaits to be sent {waits.point.variant} at {size_text(waits.point)}: {why}", "busy")
    ]


def _way_back(device: Device) -> str:
    if device.revoked:
        return "It is not heard and told nothing; its machine would enrol under another name."
    if device.released_at is not None:
        return "It is not heard and told nothing; another device may enrol under its name."
    return "It is not heard and told nothing; ctrl+r restores it, with its history."
