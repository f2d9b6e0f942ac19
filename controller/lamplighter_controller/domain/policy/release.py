"""Whether what is intended for a device may be released to it now: pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

import msgspec
from lamplighter_wire.enums import AnswerKind
from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.policy.policy import RELEASE_DAYS, Policy

HOURS_A_DAY, DAYS_A_WEEK = 24.0, 7
# Monday is 0.
OPEN_ON = dict(zip(RELEASE_DAYS, (range(7), range(5), range(5, 7)), strict=True))
# Reasons that wait for nothing: nothing serves, a limit is broken, an operator wants it.
URGENT = frozenset({"first", "mend", "override"})


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shall serve, decided and kept, before it is told.

    Attributes:
        desired: the order, without a revision and an expiry yet.
        at: when it was decided, wall time in seconds.
        why: first | mend | accuracy | energy, of the switch rule; override of an operator; rollout.
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


@dataclass(frozen=True)
class MaintenanceWindow:
    """Only in the hours and on the days of the policy, but at once where nothing serves or a limit
    is broken. `zone`: by whose clock the hours are meant."""

    zone: tzinfo = UTC

    def __call__(self, intent: Intent, view: DeviceView, now: float) -> GateVerdict:
        """Whether it may go."""
        return RELEASED if intent.why in URGENT else self.verdict(view.policy, now)

    def verdict(self, policy: Policy, now: float) -> GateVerdict:
        """Whether a change that can wait may go."""
        hours = _Hours.of(policy)
        if hours.are_none:
            return GateVerdict(False, "the policy leaves no hour for changes")
        opens = [_instant(day, hours.begin, self.zone) for day in self._days(hours, now)]
        closes = [_instant(day, hours.end, self.zone) for day in self._days(hours, now)]
        if any(begin <= now < end for begin, end in zip(opens, closes, strict=True)):
            return RELEASED
        return GateVerdict(False, self._reason(hours), min(at for at in opens if at > now))

    def _days(self, hours: "_Hours", now: float) -> list[date]:
        """Those of yesterday to the next week on which a window opens."""
        today = datetime.fromtimestamp(now, self.zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(-1, DAYS_A_WEEK + 1))
        return [day for day in days if day.weekday() in OPEN_ON[hours.days]]

    def _reason(self, hours: "_Hours") -> str:
        between = f"from {_clock(hours.begin)} to {_clock(hours.end % HOURS_A_DAY)}"
        on = "" if hours.days == RELEASE_DAYS[0] else f" on {hours.days}"
        return f"changes are released {between} {self.zone}{on}"


@dataclass(frozen=True)
class _Hours:
    """A window of a day. `end`: beyond 24 where it goes over midnight; of no length: `begin`."""

    begin: float
    end: float
    days: str

    @classmethod
    def of(cls, policy: Policy) -> "_Hours":
        first, end = policy.release_from_hour, policy.release_until_hour
        begin = first % HOURS_A_DAY
        if end in (first, begin):
            return cls(begin, begin, policy.released_on)
        return cls(begin, end if end > begin else end + HOURS_A_DAY, policy.released_on)

    @property
    def are_none(self) -> bool:
        return self.begin == self.end


def _instant(day: date, hour: float, zone: tzinfo) -> float:
    """Wall time in seconds at an hour of a day, as a clock there would show it."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hour)).timestamp()


def _clock(hour: float) -> str:
    """ "22:30"."""
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
