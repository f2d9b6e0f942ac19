"""Whether what is intended for a device may be released to it now: pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from lamplighter_wire.enums import AnswerKind
from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.devices import DeviceView

HOURS_A_DAY = 24.0
# Reasons that wait for nothing: nothing serves, a limit is broken, an operator wants it.
URGENT = frozenset({"first", "mend", "override"})


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shall serve, decided and kept, before it is told.

    Attributes:
        desired: the order, without a revision and an expiry yet.
        at: when it was decided, wall time in seconds.
        why: first | mend | accuracy | energy, of the switch rule; override of an operator.
    """

    desired: Desired
    at: float = 0.0
    cause: str = ""
    why: str = ""
    kind: AnswerKind = AnswerKind.NONE
    size_bytes: int = 0
    trace: str = ""


@dataclass(frozen=True)
class GateVerdict:
    """Whether an intent is released; if not, why it is held, and until when if that is known.

    `until`: wall time in seconds; 0: not known, so somebody has to ask again.
    """

    is_released: bool
    reason: str = ""
    until: float = 0.0


RELEASED = GateVerdict(True)


class Gate(Protocol):
    """Says whether an intent may go at wall time `now`."""

    def __call__(self, intent: Intent, view: DeviceView, now: float) -> GateVerdict: ...


def maintenance_window(intent: Intent, view: DeviceView, now: float) -> GateVerdict:
    """Only in the hours of the policy, but at once where nothing serves or a limit is broken."""
    begin, end = view.policy.release_from_hour, view.policy.release_until_hour
    if intent.why in URGENT:
        return RELEASED
    if begin == end or begin % HOURS_A_DAY == end:
        return GateVerdict(False, "the policy leaves no hour for changes")
    if _is_open(begin % HOURS_A_DAY, end, _hour(now)):
        return RELEASED
    wait_h = (begin - _hour(now)) % HOURS_A_DAY
    until = datetime.fromtimestamp(now, UTC) + timedelta(hours=wait_h)
    reason = f"changes are released from {_clock(begin)} to {_clock(end)} UTC"
    return GateVerdict(False, reason, until.timestamp())


def _is_open(begin: float, end: float, hour: float) -> bool:
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def _hour(now: float) -> float:
    """Hours of the day, UTC, with their fraction."""
    return now / 3600.0 % HOURS_A_DAY


def _clock(hour: float) -> str:
    """ "22:30"."""
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
