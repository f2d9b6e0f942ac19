"""Devices that the controller calls offline although they are there."""

from collections.abc import Mapping

from lamplighter_client import endpoints
from lamplighter_client.client import Client

PAGE = 5000
# A will that is confirmed this soon after a device is back was a will of before.
GRACE_S = 1.0


def last_event(api: Client) -> int:
    """Id of the newest event; 0 where there is none."""
    events = api.send(endpoints.events(0, 1))
    return events[-1].id if events else 0


def count_false_offline(api: Client, online_since: Mapping[str, float], after: int) -> int:
    """Events after an id that call a device offline while it is online.

    Args:
        online_since: by device, the wall time since when it is connected.
    """
    false = 0
    while events := api.send(endpoints.events(after, PAGE)):
        after = events[-1].id
        offline = [e for e in events if e.kind == "offline" and e.device in online_since]
        false += sum(e.at > online_since[e.device] + GRACE_S for e in offline)
    return false
