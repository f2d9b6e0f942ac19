"""Durations and moments of the command line; what is wrong with one ends the command."""

from lamplighter_client.typed import times
from lamplighter_client.typed.times import MOMENT_FORMS

from lamplighter_cli.errors import CommandError

WHEN = MOMENT_FORMS


def seconds_of(text: str) -> float:
    """A duration in seconds.

    Raises:
        CommandError: it is none.
    """
    try:
        return times.seconds_of(text)
    except ValueError as error:
        raise CommandError(str(error)) from error


def moment_of(text: str, now: float) -> float:
    """A wall time in seconds, from a duration ago or ISO 8601.

    Raises:
        CommandError: it is neither.
    """
    try:
        return times.moment_of(text, now)
    except ValueError as error:
        raise CommandError(str(error)) from error


def span_of(begin: tuple[str, str], end: tuple[str, str], now: float) -> tuple[float, float]:
    """From when to when, in wall time; 0 where nothing is said: without a bound.

    Args:
        begin: name of the option, and what is said there.
        end: the same; nothing: until now.

    Raises:
        CommandError: one is no time, or there is nothing between them.
    """
    first = moment_of(begin[1], now) if begin[1] else 0.0
    last = moment_of(end[1], now) if end[1] else 0.0
    if first >= (last or now):
        at_end = f"its end ({end[0]} {end[1]})" if end[1] else "now"
        raise CommandError(
            f"{begin[0]} {begin[1]} does not lie before {at_end}, so there is nothing between"
            f" them; a duration is one ago: {begin[0]} 2h {end[0]} 1h is the hour before the last"
        )
    return first, last
