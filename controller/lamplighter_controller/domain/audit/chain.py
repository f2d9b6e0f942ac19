"""A record of who did what, each entry with the hash of the one before: pure.

An entry is hashed as it was first written; what was hashed is never encoded again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


class AuditOutcome(StrEnum):
    """What became of an attempt."""

    DONE = "done"
    ORDERED = "ordered"  # noted before it was begun, as nothing takes it back
    REFUSED = "refused"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to change something, or to get in.

    Attributes:
        at: wall time, seconds.
        who: name of the token, or `device:ID`, or `controller`; empty: a stranger.
        operation: as the OpenAPI document names it.
        subject: kind and name of what it was about, as `device:cam-a`.
        address: where it came from; empty: from this machine's own programs.
        times: how often within a minute, of what was refused again and again.
        before, after: the part of the subject that operators set; None: it is not there.
        previous: hash of the entry before.
    """

    number: int
    at: float
    who: str
    operation: str
    subject: str
    outcome: AuditOutcome
    reason: str = ""
    address: str = ""
    times: int = 1
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    previous: str = GENESIS


@dataclass(frozen=True)
class Link:
    """An entry as it is kept: its canonical text, and the hash of that."""

    number: int
    text: str
    hash: str


@dataclass(frozen=True)
class Head:
    """The last entry that somebody has seen: all up to there must still be as it was."""

    number: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What a check found: the first entry that is not right, or 0, and the last one."""

    rows: int = 0
    broken: int = 0
    detail: str = ""
    head: Head = Head(0, GENESIS)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was changed, left out or cut off."""
        return not self.detail


def linked(entry: AuditEntry) -> Link:
    """An entry in canonical text (JSON in ASCII, sorted, without blanks), with its hash."""
    fields = msgspec.to_builtins(entry)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Link(entry.number, text, _hash(text))


def verified(links: Iterable[Link], known: Iterable[Head] = ()) -> Verdict:
    """Check a chain from its first entry on.

    Args:
        links: in the order of their numbers.
        known: heads that were seen before; entries up to them must be there, and the same.
    """
    heads = {head.number: head.hash for head in known if head.number}
    last = Head(0, GENESIS)
    for link in links:
        flaw = _flaw(link, last) or _unlike(link, heads.pop(link.number, ""))
        if flaw:
            return Verdict(last.number, last.number + 1, flaw, last)
        last = Head(link.number, link.hash)
    if heads:
        missing = f"entries {last.number + 1} to {max(heads)} are cut off"
        return Verdict(last.number, last.number + 1, missing, last)
    return Verdict(last.number, head=last)


def _flaw(link: Link, last: Head) -> str:
    number = last.number + 1
    if link.number != number:
        return f"entry {number} is missing: {link.number} follows"
    if _hash(link.text) != link.hash:
        return f"entry {number} was changed: its hash is another"
    try:
        entry = msgspec.json.decode(link.text, type=AuditEntry)
    except msgspec.MsgspecError as error:
        return f"entry {number} cannot be read: {error}"
    if entry.number != number:
        return f"entry {number} is another one's: it says {entry.number}"
    if entry.previous != last.hash:
        return f"entry {number} does not follow entry {last.number}"
    return ""


def _unlike(link: Link, seen: str) -> str:
    if seen and seen != link.hash:
        return f"entry {link.number} is not the one that was seen before"
    return ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
