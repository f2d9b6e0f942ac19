"""How devices leave the fleet, and come back. Pure."""

from collections.abc import Sequence

from lamplighter_client import endpoints
from lamplighter_client.documents import Device

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    NotYetError,
    Proposal,
    named,
    needed,
    settled,
)


def retire(devices: Sequence[str]) -> Draft:
    """Out of the fleet, until it is undone."""
    return settled(
        Proposal(
            title=f"Retire {named(devices)}",
            effects=[
                "It is no longer heard and no longer told anything; its session ends.",
                "It serves on by itself with what it has.",
                "Its history stays. It can be restored, until its name is released.",
            ],
            requests=[endpoints.retire(name) for name in devices],
            done=f"{named(devices)}: retired",
            word=devices[0] if len(devices) == 1 else f"{len(devices)} devices",
        )
    )


def revoke(device: str) -> Draft:
    """Out for ever, as one that was stolen."""
    title = f"Revoke {device}"

    def build(given: Given) -> Proposal:
        return Proposal(
            title=title,
            effects=[
                "It is put out at once, and its certificates never count again.",
                "Nothing undoes this: the machine would have to enrol under another name.",
            ],
            requests=[endpoints.revoke(device, needed(given, "reason", "write why"))],
            done=f"{device}: revoked",
            word=device,
        )

    return Draft(title, build, [Field("reason", "why; kept in the audit log")])


def restore(device: Device) -> Draft:
    """Back into the fleet."""
    title = f"Restore {device.id}"
    if reason := _why_not(device):

        def refuse(_given: Given) -> Proposal:
            raise NotYetError(reason)

        return Draft(title, refuse)
    return settled(
        Proposal(
            title=title,
            effects=["It is heard again and told what it should serve, with its history."],
            requests=[endpoints.restore(device.id)],
            done=f"{device.id}: restored",
        )
    )


def _why_not(device: Device) -> str:
    if device.revoked:
        return f"it was revoked ({device.revoked}): that is never undone"
    if device.released_at is not None:
        return "its name was released for another device"
    return "" if device.retired_at is not None else "it is in the fleet"
