"""What can be said of what is wrong with devices. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import Device
from lamplighter_client.documents.attention.marks import AttentionMark, MarkBody
from lamplighter_client.watching.marks import end_mark, set_mark

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    NotYetError,
    Proposal,
    hours,
    named,
    needed,
    settled,
)
from lamplighter_dashboard.words import figures

REASON = Field("reason", "why; it stands beside the trouble")


def acknowledge(device: Device) -> Draft:
    """Say that somebody sees to one of its notices."""
    texts = {one.kind: one.text for one in reversed(device.attention) if not one.marked}
    kinds = list(reversed(texts))
    title = f"Acknowledge what is wrong with {device.id}"

    def build(given: Given) -> Proposal:
        kind = given.get("notice", "").strip()
        if kind not in texts:
            raise NotYetError(f"write one of {', '.join(kinds)}" if kinds else "nothing is open")
        reason = needed(given, "reason", "write why")
        body = MarkBody(kind="acknowledge", device=device.id, notice=kind, reason=reason)
        return Proposal(
            title=title,
            effects=[
                f"{kind}: {texts[kind]}",
                "It counts as open no longer, here and for webhooks, until it has gone.",
                "If it comes again, it is news.",
            ],
            requests=[set_mark(body)],
            done=f"{device.id}: {kind} is acknowledged",
        )

    notice = Field("notice", "kind of the notice", kinds[0] if kinds else "", kinds)
    return Draft(title, build, [notice, REASON])


def mute(devices: Sequence[str]) -> Draft:
    """Count nothing that is wrong with them as open for a while."""
    title = f"Mute {named(devices)}"

    def build(given: Given) -> Proposal:
        kind, life_s = given.get("notice", "").strip(), hours(given)
        reason = needed(given, "reason", "write why")
        bodies = [
            MarkBody(kind="mute", device=device, notice=kind, reason=reason, life_s=life_s)
            for device in devices
        ]
        return Proposal(
            title=title,
            effects=[
                f"{kind or 'Whatever is wrong, now or later,'} counts as open neither here nor for"
                f" webhooks for {figures.age(life_s)}.",
                "What is wrong is shown on the device's page all the same.",
            ],
            requests=[set_mark(body) for body in bodies],
            done=f"{named(devices)}: muted",
        )

    fields = [
        Field("notice", "kind of the notices; empty: whatever is wrong"),
        Field("hours", "for how many hours", "8"),
        REASON,
    ]
    return Draft(title, build, fields)


def take_back(devices: Sequence[str], marks: Sequence[AttentionMark]) -> Draft:
    """End what was acknowledged and muted of them."""
    those = [mark for mark in marks if mark.device in devices]
    return settled(
        Proposal(
            title=f"Take back what is marked of {named(devices)}",
            effects=[_said(mark) for mark in those] or ["Nothing is acknowledged or muted."],
            requests=[end_mark(mark.id) for mark in those],
            done=f"{named(devices)}: what is wrong counts as open again",
        )
    )


def _said(mark: AttentionMark) -> str:
    what = mark.notice or "whatever is wrong"
    return f"{mark.device}: {mark.kind} {what} by {mark.by} ({mark.reason}) ends."
