"""Why a device is let in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """What a device shows or an operator has said.

    Attributes:
        who: for the audit log: `token:ID` or `claim:ID`.
        at: when a token was first used, or a claim accepted; None: only now.
        address: where the device asks from.
    """

    device: str
    who: str
    at: float | None
    address: str
