"""Durations and moments as people type them. Pure."""

import re
from datetime import UTC, datetime

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
UNITS_S = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), MINUTE_S),
    **dict.fromkeys(("h", "hr", "hour", "hours"), HOUR_S),
    **dict.fromkeys(("d", "day", "days"), DAY_S),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY_S),
}
DURATION = re.compile(r"(\d{1,7}(?:\.\d{1,3})?) ?([a-z]*)")
DURATION_FORMS = "90s, 30min, 2h or 7d"
MOMENT_FORMS = "20min, 2h or 7d (ago), or 2026-11-28T09:30 (UTC)"


def seconds_of(text: str) -> float:
    """A duration in seconds.

    Raises:
        ValueError: it is none; the text says how one is written.
    """
    seconds = _seconds(text)
    if seconds is None:
        raise ValueError(f"{text!r} is no duration; write {DURATION_FORMS}")
    return seconds


def moment_of(text: str, now: float) -> float:
    """A wall time in seconds, from a duration ago or ISO 8601 (UTC unless it says otherwise).

    Raises:
        ValueError: it is neither; the text says how one is written.
    """
    seconds = _seconds(text)
    if seconds is not None:
        return max(0.0, now - seconds)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write {MOMENT_FORMS}") from None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _seconds(text: str) -> float | None:
    """None: it is no duration."""
    found = DURATION.fullmatch(text.strip())
    if found is None or found[2] not in UNITS_S:
        return None
    return float(found[1]) * UNITS_S[found[2]]
