"""`lamplighter events`: what happened, in a span of time, as sentences."""

import time
from dataclasses import replace
from typing import Annotated, Literal

import typer
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Event
from lamplighter_client.typed.event_query import EventQuery
from lamplighter_client.watching.log_words import moment
from lamplighter_client.watching.sentences import sentence, sign
from lamplighter_client.wording import is_news, subject
from lamplighter_wire.enums import Severity
from lamplighter_wire.words.printable import printable

from lamplighter_cli.options import Data, Json, Token, Url, client
from lamplighter_cli.output import show_json
from lamplighter_cli.times import WHEN, span_of

MOST, PAGE = 10_000, 1000


def events(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Only events in which all of these stand: cam-1 refused."),
    ] = None,
    since: Annotated[str, typer.Option("--since", help=f"{WHEN}; default: a day ago.")] = "1d",
    until: Annotated[str, typer.Option("--until", help=f"{WHEN}; default: now.")] = "",
    device: Annotated[str, typer.Option(help="Only events about this device.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option(help="Only events of this kind; may be given again.")
    ] = None,
    severity: Annotated[
        Literal["info", "warning", "error"], typer.Option(help="The least that is shown.")
    ] = "info",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The newest so many.")] = 200,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What happened, the oldest first; `lamplighter watch` prints what happens from now on."""
    begin, end = span_of(("--since", since), ("--until", until), time.time())
    asked = EventQuery(
        words=" ".join(words or []),
        least=Severity(severity),
        device=device,
        since=begin,
        until=end,
        kinds=tuple(kind or ()),
    )
    found = _newest(client(data, url, token), asked, limit, as_json=as_json)
    if as_json:
        show_json(found)
        return
    for event in found:
        typer.echo(line_of(event))


def _newest(api: Client, asked: EventQuery, limit: int, *, as_json: bool) -> list[Event]:
    """The newest of those, oldest first; what a device tells twice only as JSON."""
    found: list[Event] = []
    while len(found) < limit:
        page = api.send(endpoints.events(limit=PAGE, asked=asked))
        shown = [event for event in page if as_json or is_news(event)]
        found = shown + found
        if len(page) < PAGE:
            break
        asked = replace(asked, before=page[0].id)
    return found[-limit:]


def line_of(event: Event) -> str:
    """When, how severe, about whom and what."""
    return printable(f"{moment(event.at)} {sign(event)} {subject(event)}: {sentence(event)}")
