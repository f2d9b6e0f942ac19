"""The audit log as it is shown."""

from typing import Any

from lamplighter_client.documents.base import Document


class AuditedChange(Document, frozen=True, kw_only=True):
    """One attempt to change something, or to get in.

    `text` is the entry as it is hashed; all other fields but `hash` are taken from it.
    """

    number: int = 0
    at: float = 0.0
    who: str = ""  # name of the token; device:ID, token:ID, controller; empty: a stranger
    operation: str = ""
    subject: str = ""  # as device:cam-a
    outcome: str = ""  # done | ordered | refused
    reason: str = ""  # why it was refused
    address: str = ""  # empty: this machine's own programs, or a device's session
    times: int = 1  # how often within a minute, of what was refused again
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    previous: str = ""  # hash of the entry before
    hash: str = ""
    text: str = ""


class AuditVerdict(Document, frozen=True, kw_only=True):
    """Whether the audit log is whole. `broken`: number of the first entry that is not right."""

    sound: bool = False
    rows: int = 0  # entries that are right, from the first one on
    broken: int = 0  # 0: none
    detail: str = ""
    head_number: int = 0
    head_hash: str = ""
