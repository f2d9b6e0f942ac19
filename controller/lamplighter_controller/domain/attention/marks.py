"""What operators have said of notices: that they know of one, or want to hear none. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lamplighter_controller.domain.attention.health import Notice


class MarkKind(StrEnum):
    """What a mark says."""

    ACKNOWLEDGE = "acknowledge"  # somebody knows of it; ends with the notice
    MUTE = "mute"  # not now; ends by its time


@dataclass(frozen=True, slots=True)
class Mark:
    """On notices of a device.

    Attributes:
        notice: their kind; empty: all of the device.
        until: wall time in seconds; 0: until the notice has gone.
    """

    number: int
    kind: MarkKind
    device: str
    notice: str
    reason: str
    by: str
    until: float = 0.0

    def holds(self, now: float) -> bool:
        """Whether its time is not over."""
        return not self.until or self.until > now

    def covers(self, notice: Notice) -> bool:
        """Of a notice of its device."""
        return self.notice in ("", notice.kind)

    @property
    def text(self) -> str:
        """In words."""
        said = "acknowledged" if self.kind is MarkKind.ACKNOWLEDGE else "muted"
        return f"{said} by {self.by}: {self.reason}"


def marked(notices: Sequence[Notice], marks: Iterable[Mark], now: float) -> tuple[Notice, ...]:
    """Notices of a device with what is said of them: those nobody has marked first.

    `marks` are those of the device; the newest of several counts.
    """
    holding = sorted((one for one in marks if one.holds(now)), key=lambda one: -one.number)
    if not holding:
        return tuple(notices)
    said = [replace(notice, marked=_text(notice, holding)) for notice in notices]
    return tuple(sorted(said, key=lambda notice: bool(notice.marked)))


def unmarked(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Those that are open: nobody has acknowledged or muted them."""
    return tuple(notice for notice in notices if not notice.marked)


def _text(notice: Notice, marks: Sequence[Mark]) -> str:
    return next((mark.text for mark in marks if mark.covers(notice)), "")
