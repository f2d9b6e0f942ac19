"""Whether what a device says is news: judged by its own numbers and its own clock alone.

A device numbers sessions, windows, events and requests from one counter that never falls. It
sends again what was not acknowledged, requests before windows, and after a day without a link
everything that has waited. The controller's clock plays no part: a device's may differ from it.
"""

import msgspec

# Longer than a short loss of the link, and much shorter than a street stays in one regime.
LATE_S = 60.0
# No controller gives out so many; to go on behind a number near the end of all would be the end.
MOST_REVISION = 2**40


class MessageStamp(msgspec.Struct, frozen=True):
    """When something was said: the device's number (0: none) and its wall clock in seconds."""

    seq: int = 0
    at: float = 0.0


def is_older(said: MessageStamp, known: MessageStamp) -> bool:
    """Whether it is what is known already, or was said before that.

    A number that starts again or a clock that is set back alone makes nothing old.
    """
    return 0 < said.seq <= known.seq and said.at <= known.at


def is_late(said: MessageStamp, session: MessageStamp) -> bool:
    """Whether it waited for a link for so long that it tells of the past only.

    `session` is the birth of the device's present session.
    """
    return 0 < said.seq < session.seq and said.at < session.at - LATE_S


def next_known_revision(ours: int, said: int) -> int:
    """The highest revision that a device has seen, by its word where that can be."""
    return max(ours, said) if said <= MOST_REVISION else ours
