"""Which seconds of a window were watched, and what became of the others. Pure."""

from typing import NamedTuple

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Telemetry


class WatchTime(NamedTuple):
    """Seconds; together as many as the window has.

    watched_s: frames were looked at, or rested as nothing moved.
    lost_s: the camera gave none.
    unserved_s: no model served it.
    failed_s: its frames failed, or came so late that they vouch for nothing.
    """

    watched_s: float = 0.0
    lost_s: float = 0.0
    unserved_s: float = 0.0
    failed_s: float = 0.0


def watched_in(window: Telemetry) -> WatchTime:
    """Of agents that tell of windows only, all of one was watched or nothing of it."""
    has_looked = window.frames + window.rested > 0
    is_lost = window.source_state != SourceState.OK
    if window.watched_s is None:
        return without_seconds(
            window.seconds, is_lost=is_lost, has_looked=has_looked, variant=window.serving.variant
        )
    watched_s = _within(window.watched_s, window.seconds) if has_looked else 0.0
    lost_s = _within(window.lost_s, window.seconds - watched_s)
    rest_s = window.seconds - watched_s - lost_s
    if window.serving.variant:
        return WatchTime(watched_s, lost_s, failed_s=rest_s)
    return WatchTime(watched_s, lost_s, unserved_s=rest_s)


def without_seconds(seconds: float, *, is_lost: bool, has_looked: bool, variant: str) -> WatchTime:
    """All of a stretch of time, by how it was at its end."""
    if is_lost:
        return WatchTime(lost_s=seconds)
    if has_looked:
        return WatchTime(watched_s=seconds)
    return WatchTime(failed_s=seconds) if variant else WatchTime(unserved_s=seconds)


def _within(seconds: float, most_s: float) -> float:
    return max(0.0, min(seconds, most_s))
