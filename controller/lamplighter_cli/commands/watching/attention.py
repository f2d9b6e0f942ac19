"""Commands by which operators say that they know of a trouble, or want to hear nothing of it."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from lamplighter_client.documents.attention.marks import AttentionMark, MarkBody
from lamplighter_client.watching import marks

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show, show_rows
from lamplighter_cli.times import seconds_of

attention_app = group("Acknowledge and mute what is wrong with devices.")

Reason = Annotated[str, typer.Option("--reason", help="Why; shown beside the trouble.")]
NUMBERED = Annotated[int, typer.Argument(min=1, max=2**31, help="As `attention list` shows it.")]


def _until(mark: AttentionMark) -> str:
    if mark.ended_at is not None:
        return "ended"
    if not mark.until:
        return "it has gone"
    return f"{datetime.fromtimestamp(mark.until, UTC):%Y-%m-%d %H:%M}"


COLUMNS = (
    Column[AttentionMark]("NUMBER", lambda mark: mark.id),
    Column[AttentionMark]("DEVICE", lambda mark: mark.device),
    Column[AttentionMark]("WHAT", lambda mark: f"{mark.kind} {mark.notice or 'everything'}"),
    Column[AttentionMark]("UNTIL (UTC)", _until),
    Column[AttentionMark]("BY", lambda mark: mark.by),
    Column[AttentionMark]("WHY", lambda mark: mark.reason),
    Column[AttentionMark]("ENDED BY", lambda mark: mark.ended_by),
)


@attention_app.command("acknowledge")
def attention_acknowledge(
    device: DeviceArgument,
    notice: Annotated[str, typer.Argument(help="Kind of the notice, as `device show` has it.")],
    reason: Reason,
    life: Annotated[
        str, typer.Option("--for", help="90s, 30min, 2h or 7d; default: until it has gone.")
    ] = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Say that somebody sees to a notice: it counts as open no longer, until it comes again."""
    body = MarkBody(
        kind="acknowledge",
        device=device,
        notice=notice,
        reason=reason,
        life_s=seconds_of(life) if life else 0.0,
    )
    made = client(data, url, token).send(marks.set_mark(body))
    show(made, f"mark {made.id}: {device}: {notice} is acknowledged", as_json)


@attention_app.command("mute")
def attention_mute(
    device: DeviceArgument,
    reason: Reason,
    life: Annotated[str, typer.Option("--for", help="How long: 90s, 30min, 2h or 7d.")],
    notice: Annotated[
        str, typer.Option("--notice", help="Notices of this kind; default: all of the device.")
    ] = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Count nothing that is wrong with a device as open for a while: road works, a power cut."""
    body = MarkBody(
        kind="mute", device=device, notice=notice, reason=reason, life_s=seconds_of(life)
    )
    made = client(data, url, token).send(marks.set_mark(body))
    what = notice or "whatever is wrong"
    show(made, f"mark {made.id}: {device}: {what} is muted until {_until(made)} UTC", as_json)


@attention_app.command("end")
def attention_end(
    number: NUMBERED,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take an acknowledgement or a mute back: what is still wrong counts as open again."""
    ended = client(data, url, token).send(marks.end_mark(number))
    show(ended, f"mark {ended.id} of {ended.device} has ended", as_json)


@attention_app.command("list")
def attention_list(
    ended: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What is acknowledged and muted, by whom, until when and why."""
    listed = client(data, url, token).send(marks.marks(ended=ended))
    show_rows(listed, COLUMNS, as_json)
