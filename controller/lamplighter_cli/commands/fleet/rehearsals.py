"""`lamplighter rollout rehearse`: how a rollout would go, and how it went beside that."""

from collections.abc import Callable, Iterator

from lamplighter_client import rollout_endpoints
from lamplighter_client.documents import Became, Forecast, Rehearsal, RolloutRehearsal, Spread
from lamplighter_client.documents.rollouts import CanaryFigure

from lamplighter_cli.commands.fleet.rollouts import Name, rollout_app
from lamplighter_cli.options import Data, Json, Token, Url, client
from lamplighter_cli.output import Column, show_lines, show_rows

__all__ = ["rollout_app"]

MEGABYTE = 1e6
MOST_SHOWN = 10
CANARY_COLUMNS = (
    Column[CanaryFigure]("FIGURE", lambda one: one.name),
    Column[CanaryFigure]("GATE", lambda one: one.state),
    Column[CanaryFigure]("CANARIES", lambda one: one.canaries and one.canaries.median),
    Column[CanaryFigure]("LOW", lambda one: one.canaries and one.canaries.low),
    Column[CanaryFigure]("HIGH", lambda one: one.canaries and one.canaries.high),
    Column[CanaryFigure]("CONTROL", lambda one: one.control and one.control.median),
    Column[CanaryFigure]("BOUND", lambda one: one.tolerance),
)


@rollout_app.command("rehearse")
def rollout_rehearse(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Run it against a model of its devices: how long, how many bytes, builds and failures."""
    found = client(data, url, token).send(rollout_endpoints.rehearse_rollout(name))
    show_lines(found, rehearsal_lines(found), as_json)


@rollout_app.command("compare")
def rollout_compare(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What was predicted of it, beside what is known by now."""
    found = client(data, url, token).send(rollout_endpoints.rollout_rehearsal(name))
    show_lines(found, rehearsal_lines(found), as_json)


@rollout_app.command("canaries")
def rollout_canaries(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """How its canaries changed beside the control group, with an interval of each figure."""
    found = client(data, url, token).send(rollout_endpoints.canary_figures(name))
    show_rows(found, CANARY_COLUMNS, as_json)


def rehearsal_lines(found: RolloutRehearsal) -> Iterator[str]:
    """Predicted, and beside it what became of it."""
    if found.rehearsal is None:
        yield "it was not rehearsed; see: lamplighter rollout rehearse"
    else:
        yield from _forecast_lines(found.rehearsal.forecast, found.real)
        yield from _effect_lines(found.rehearsal, found.real)
    if found.rehearsal is None and found.real is not None:
        real = found.real
        yield f"it is {real.state} after {duration(real.seconds)}, {real.failures} failed"


def _forecast_lines(forecast: Forecast, real: Became | None) -> Iterator[str]:
    yield f"devices    {forecast.devices}, rehearsed {forecast.runs} times"
    stopped = f"; else stopped: {forecast.stopped}" if forecast.stopped else ""
    state = f" (it is {real.state})" if real else ""
    yield f"finishes   in {forecast.finishes:.0%} of rehearsals{stopped}{state}"
    seconds = _spread(forecast.seconds, duration)
    yield f"duration   {seconds}" + (f" (took {duration(real.seconds)})" if real else "")
    received = _spread(forecast.received_bytes, _megabytes)
    yield f"bytes      {received}" + (f" (were {_megabytes(real.received_bytes)})" if real else "")
    failures = _spread(forecast.failures, "{:.0f}".format)
    yield f"failures   {failures}" + (f" (were {real.failures})" if real else "")
    builds = f"{', '.join(forecast.builds) or 'none'}, {duration(forecast.build_s)}"
    yield f"builds     {builds}" + (f" (took {duration(real.build_s)})" if real else "")
    waves = ", ".join(duration(at) for at in forecast.waves_at_s)
    yield f"waves      begin after {waves}"
    for device, why in list(forecast.unfit.items())[:MOST_SHOWN]:
        yield f"unfit      {device}: {why}"


def _effect_lines(rehearsal: Rehearsal, real: Became | None) -> Iterator[str]:
    effect = rehearsal.effect
    yield f"latency    {_ratio(effect.latency_ratio)}" + (
        f" (is {_ratio(real.latency_ratio)})" if real else ""
    )
    yield f"energy     {_ratio(effect.energy_ratio)}" + (
        f" (is {_ratio(real.energy_ratio)})" if real else ""
    )
    gain = effect.accuracy_gain
    yield f"accuracy   {'not known' if gain is None else f'{gain:+.3f}'} AP50 expected"
    yield f"slower     {effect.slower} of {effect.devices} devices by more than a fifth"


def _spread(spread: Spread, words: Callable[[float], str]) -> str:
    if spread.low == spread.high:
        return words(spread.middle)
    return f"{words(spread.middle)}, mostly {words(spread.low)} to {words(spread.high)}"


def _megabytes(value: float) -> str:
    return f"{value / MEGABYTE:.1f} MB"


def _ratio(value: float | None) -> str:
    return "not known" if value is None else f"x {value:.2f} of now"


def duration(seconds: float) -> str:
    """ "90 s", "12 min", "3.5 h"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
