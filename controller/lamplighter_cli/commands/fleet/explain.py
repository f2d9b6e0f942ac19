"""`lamplighter explain`: how a device came to serve what it serves."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.documents import Explanation, ExplanationLink

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import show_json
from lamplighter_cli.times import WHEN, moment_of


def explain(
    device: DeviceArgument,
    at: Annotated[str, typer.Option("--at", help=f"When: {WHEN}; default: now.")] = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """From telemetry, rule, limits and plan to approver, recipe, build, signature, bytes, trial."""
    moment = moment_of(at, time.time()) if at else 0.0
    explained = client(data, url, token).send(endpoints.explain(device, moment))
    if as_json:
        show_json(explained)
        return
    for line in lines(explained):
        typer.echo(line)


def lines(explained: Explanation) -> list[str]:
    """One of each link; what is not known has a question mark."""
    then = datetime.fromtimestamp(explained.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    first = f"{explained.device} at {then}: {explained.variant or 'nothing'}"
    return [first, *map(_line, explained.links)]


def _line(link: ExplanationLink) -> str:
    return f"{'  ' if link.is_known else '? '}{link.name:<10} {link.text}"
