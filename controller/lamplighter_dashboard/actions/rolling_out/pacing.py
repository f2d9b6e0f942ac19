"""How a rollout goes on: its waves, what lets the next one begin, and what stops it. Pure."""

from collections.abc import Mapping
from typing import Any

from lamplighter_client.documents.rollouts import RolloutBody
from lamplighter_client.typed.times import seconds_of

from lamplighter_dashboard.actions.proposal import Field, Given, NotYetError
from lamplighter_dashboard.words import figures

ORDERS = ("turns", "sites")
WAVES, ON_ERROR = ("exponential", "fixed", "percent"), ("pause", "roll_back")
PACE = (
    Field("canaries", "of each hardware class, told first", "1"),
    Field("waves", "how they grow: exponential, fixed or percent", "exponential", WAVES),
    Field("first", "devices (or percent of all) in the first wave behind the canaries", "5"),
    Field("factor", "exponential: each wave is so many times the one before", "2"),
    Field("order", "behind the canaries: turns (of sites), sites, or a label's name", "turns"),
    Field("success %", "of a wave, for the next one to begin", "90"),
    Field("error %", "of all that were begun; more stop it", "5"),
    Field("on error", "then: pause or roll_back", "pause", ON_ERROR),
    Field("watch", "how long a device is watched before it counts: 90s, 30m, 2h", "5m"),
    Field("deadline", "who is silent for so long has failed", "1h"),
    Field("at once", "most devices under way; 0: any number", "50"),
    Field("at a site", "most of them at one site; 0: any number", "5"),
)
NUMBERS: Mapping[str, tuple[str, type[int] | type[float], float, float, float]] = {
    "canaries": ("canaries_per_class", int, 0, 100, 1),
    "first": ("first", float, 0.001, 100_000, 1),
    "factor": ("factor", float, 1, 100, 1),
    "success %": ("success_share", float, 0, 100, 0.01),
    "error %": ("error_share", float, 0, 100, 0.01),
    "at once": ("at_once", int, 0, 100_000, 1),
    "at a site": ("per_site", int, 0, 100_000, 1),
}
"""Field -> its name in the API, what it is, its bounds as written, and its scale there."""
DURATIONS = {"watch": "watch_s", "deadline": "deadline_s"}


def pace_of(given: Given) -> dict[str, Any]:
    """The part of the body that says how it goes on.

    Raises:
        NotYetError: a field is not as it should be.
    """
    return {
        **{NUMBERS[name][0]: _number(given, name) for name in NUMBERS},
        **{DURATIONS[name]: _duration(given, name) for name in DURATIONS},
        **_order(given),
        "waves": _one_of(given, "waves", WAVES),
        "on_error": _one_of(given, "on error", ON_ERROR),
    }


def _order(given: Given) -> dict[str, Any]:
    """Any other word is the name of a label, by whose value devices come."""
    text = given.get("order", "").strip() or ORDERS[0]
    if text in ORDERS:
        return {"order": text}
    return {"order": "label", "order_label": text}


def pace_words(body: RolloutBody) -> str:
    """In a sentence: what each wave waits for, and what stops it."""
    stops = "pauses it" if body.on_error == "pause" else "rolls it back"
    most = f"at most {figures.count(body.at_once, 'device')} under way" if body.at_once else ""
    pace = f"; {most}" if most else ""
    return (
        f"A wave begins once {figures.share(body.success_share)} of the one before have succeeded,"
        f" each watched for {figures.age(body.watch_s)}; more than"
        f" {figures.share(body.error_share)} of failures"
        f" {stops}{pace}."
    )


def _number(given: Given, name: str) -> float:
    _, kind, least, most, scale = NUMBERS[name]
    try:
        value = kind(given.get(name, "").strip().removesuffix("%").strip())
    except ValueError:
        value = -1
    if not least <= value <= most:
        whole = "a whole number" if kind is int else "a number"
        raise NotYetError(f"{name}: write {whole}, {max(0, int(least))} to {most:g}")
    return value if scale == 1 else round(value * scale, 6)


def _duration(given: Given, name: str) -> float:
    try:
        return seconds_of(given.get(name, "").strip())
    except ValueError as error:
        raise NotYetError(f"{name}: {error}") from error


def _one_of(given: Given, name: str, choices: tuple[str, ...]) -> str:
    text = given.get(name, "").strip()
    if text not in choices:
        raise NotYetError(f"{name}: write {' or '.join(choices)}")
    return text
