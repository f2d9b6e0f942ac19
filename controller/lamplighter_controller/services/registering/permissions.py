"""Why a device is let in."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """What a device shows or an operator has said.

    Attributes:
        who: for the audit log: `token:ID` or `claim:ID`.
        at: when a token was first used, or a claim accepted; None: only now.
        address: where the device asks from.
        check: raises where it counts no longer; called on the deciding thread.
    """

    device: str
    who: str
    at: float | None
    address: str
    check: Callable[[], object] = lambda: None
