"""Canaries beside the control group, and a rehearsal beside what became of it. Pure."""

from collections.abc import Callable, Sequence

from lamplighter_client.documents import Became, Rehearsal, RolloutRehearsal, Spread
from lamplighter_client.documents.rollouts import CanaryChange, CanaryFigure

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.device_page import Words

NAMES = {
    "latency": "p95",
    "energy": "energy",
    "dropped": "dropped",
    "agreement": "disagreement",
    "track_breaks": "track breaks/min",
    "imbalance": "imbalance",
}
STATES = {
    "harm": ("✖ worse", "error"),
    "undecided": ("◔ not decided yet", "busy"),
    "no_harm": ("● no worse", "well"),
}
SHARES = ("dropped", "agreement", "imbalance")
NAME_CELLS = 17


def canary_lines(found: Sequence[CanaryFigure]) -> Words:
    """A line for each figure: by how much canaries changed, and the control group meanwhile."""
    if not found:
        return [("No canary has the target yet, or nothing can be compared.\n", "dim")]
    words: Words = []
    for one in found:
        told, tone = STATES.get(one.state, (one.state, "text"))
        words += [
            (f"{NAMES.get(one.name, one.name):{NAME_CELLS}}", "text"),
            (f"{told:18}", tone),
            (f"{_changed(one, one.canaries)}", "text"),
            (f"  control {_changed(one, one.control)}", "dim"),
            (f"  bound {_amount(one, one.tolerance)}\n", "dim"),
        ]
    return words


def _changed(one: CanaryFigure, change: CanaryChange | None) -> str:
    if change is None:
        return figures.NOTHING
    text = _amount(one, change.median)
    if change.low is None or change.high is None:
        return f"{text} (of {change.looks})"
    return f"{text} [{_amount(one, change.low)}, {_amount(one, change.high)}]"


def _amount(one: CanaryFigure, value: float) -> str:
    if one.is_share or one.name in SHARES:
        return f"{100 * value:+.0f} %" if one.is_share else f"{100 * value:+.1f} pts"
    return f"{value:+.1f}"


def rehearsal_lines(found: RolloutRehearsal) -> Words:
    """What was expected, and beside it what is known by now."""
    if found.rehearsal is None:
        return [("Not rehearsed; r does that before it starts.\n", "dim")]
    rehearsal, real = found.rehearsal, found.real
    forecast = rehearsal.forecast
    rows = [
        (
            "finishes",
            f"in {figures.share(forecast.finishes)}",
            f"it is {real.state}" if real else "",
        ),
        (
            "takes",
            _spread(forecast.seconds, figures.age),
            _of(real, lambda r: figures.age(r.seconds)),
        ),
        (
            "bytes",
            _spread(forecast.received_bytes, figures.mebibytes),
            _of(real, lambda r: figures.mebibytes(r.received_bytes)),
        ),
        (
            "failures",
            _spread(forecast.failures, "{:.0f}".format),
            _of(real, lambda r: str(r.failures)),
        ),
        *_effect_rows(rehearsal, real),
    ]
    words: Words = [(f"{'':{NAME_CELLS}}{'rehearsed':26}so far\n", "dim")]
    for name, expected, became in rows:
        words += [
            (f"{name:{NAME_CELLS}}", "text"),
            (f"{expected:26}", "busy"),
            (f"{became or figures.NOTHING}\n", "text"),
        ]
    return words


def _effect_rows(rehearsal: Rehearsal, real: Became | None) -> list[tuple[str, str, str]]:
    effect = rehearsal.effect
    gain = "not known" if effect.accuracy_gain is None else f"{effect.accuracy_gain:+.3f} AP50"
    return [
        ("p95", _ratio(effect.latency_ratio), _of(real, lambda r: _ratio(r.latency_ratio))),
        ("energy", _ratio(effect.energy_ratio), _of(real, lambda r: _ratio(r.energy_ratio))),
        ("accuracy", gain, ""),
    ]


def _of(real: Became | None, text: Callable[[Became], str]) -> str:
    return text(real) if real else ""


def _ratio(value: float | None) -> str:
    return "not known" if value is None else f"{100 * (value - 1):+.0f} %"


def _spread(spread: Spread, words: Callable[[float], str]) -> str:
    if spread.low == spread.high:
        return words(spread.middle)
    return f"{words(spread.middle)} ({words(spread.low)} to {words(spread.high)})"
