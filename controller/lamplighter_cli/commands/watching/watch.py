"""`lamplighter watch`: events as they happen, as sentences or as lines of JSON."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
import typer
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.target import Target
from lamplighter_client.watching.sentences import has_words, is_at_least
from lamplighter_client.wording import is_news
from lamplighter_wire.enums import Severity
from lamplighter_wire.words.printable import printable

from lamplighter_cli.commands.listing.events import line_of
from lamplighter_cli.commands.watching.event_feed import events_from
from lamplighter_cli.options import Data, Token, Url, target
from lamplighter_cli.progress import report
from lamplighter_cli.times import seconds_of

Filter = Callable[[Event], bool]


class _EnoughError(Exception):
    """As many were shown as were asked for."""


def watch(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Only events in which all of these stand: cam-1 refused."),
    ] = None,
    device: Annotated[str, typer.Option(help="Only events about this device.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option(help="Only events of this kind; may be given again.")
    ] = None,
    severity: Annotated[
        Literal["info", "warning", "error"], typer.Option(help="The least that is shown.")
    ] = "info",
    after: Annotated[
        int | None,
        typer.Option(min=1, max=2**63 - 1, help="Begin behind the event with this number."),
    ] = None,
    life: Annotated[
        str, typer.Option("--for", help="Stop after 90s, 30min, 2h or 7d; default: with Ctrl-C.")
    ] = "",
    count: Annotated[
        int | None, typer.Option(min=1, max=2**31, help="Stop after so many events.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Each event as a line of JSON, all of it.")
    ] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What happens, as it happens; after a break of the connection it goes on where it was."""
    life_s = seconds_of(life) if life else None
    wanted = _filter(words or [], device, kind or [], Severity(severity), as_json=as_json)
    show = _show_json if as_json else _show_sentence
    with suppress(TimeoutError, _EnoughError):
        asyncio.run(
            _follow(target(data, url, token), after, wanted, _counting(show, count), life_s)
        )


def _filter(
    words: Sequence[str], device: str, kinds: Sequence[str], least: Severity, *, as_json: bool
) -> Filter:
    def is_wanted(event: Event) -> bool:
        return (
            (not device or event.device == device)
            and (not kinds or event.kind in kinds)
            and is_at_least(event, least)
            and has_words(event, words)
            and (as_json or is_news(event))
        )

    return is_wanted


async def _follow(
    found: Target,
    after: int | None,
    wanted: Filter,
    show: Callable[[Event], None],
    life_s: float | None,
) -> None:
    """Raises TimeoutError once `life_s` are over."""
    client = AsyncClient(found)
    try:
        async with asyncio.timeout(life_s):
            async for event in events_from(client, after, _lost):
                if wanted(event):
                    show(event)
    finally:
        await client.close()


def _counting(show: Callable[[Event], None], most: int | None) -> Callable[[Event], None]:
    """Raises _EnoughError behind the last that is to be shown."""
    shown = 0

    def show_one(event: Event) -> None:
        nonlocal shown
        show(event)
        shown += 1
        if shown == most:
            raise _EnoughError

    return show_one


def _lost(why: str, pause_s: float) -> None:
    report(f"{why}; trying again in {pause_s:.0f} s")


def _show_sentence(event: Event) -> None:
    typer.echo(line_of(event))


def _show_json(event: Event) -> None:
    typer.echo(printable(msgspec.json.encode(event).decode()))
