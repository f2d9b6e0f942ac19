"""`lamplighter fleet`: the dashboard's table, sums and ends of certificates at a prompt."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from lamplighter_client.client import Client
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.streaming.endpoints import fleet_rows
from lamplighter_client.streaming.fleet_sums import FleetSums, sums
from lamplighter_client.streaming.row_order import RowOrder
from lamplighter_wire.enums import Severity
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_cli.columns import POINT_COLUMNS
from lamplighter_cli.errors import EXIT_FAILED
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_lines, show_rows
from lamplighter_cli.times import seconds_of

fleet_app = group("The fleet as the dashboard shows it: a row for each device, and its sums.")
DAY_S = 86_400.0
Asked = Annotated[
    str, typer.Option(help="Which devices, as of groups: site=north and state=online.")
]


def _update(row: FleetRow) -> str:
    if not row.revision:
        return ""
    return f"{row.phase.lower() if not row.outcome else outcome_word(row.outcome)}" + because(
        row.reason
    )


def _of_limit(value: float, limit: float) -> str:
    if not value:
        return ""
    return f"{value:.3g} of {limit:.3g}" if limit else f"{value:.3g}"


def _rates(row: FleetRow) -> str:
    return f"{row.fps_served:.1f}/{row.fps_demand:.1f}" if row.window_at else ""


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def _celsius(row: FleetRow) -> str:
    return "" if row.temperature_c is None else f"{row.temperature_c:.0f}"


ROW_COLUMNS = (
    Column[FleetRow]("DEVICE", lambda row: row.id),
    Column[FleetRow]("STATE", lambda row: row.state),
    Column[FleetRow]("SITE", lambda row: row.site),
    Column[FleetRow]("GROUPS", lambda row: row.groups),
    Column[FleetRow]("HARDWARE", lambda row: row.processor or row.hardware),
    Column[FleetRow]("MODEL", lambda row: row.model),
    Column[FleetRow]("VARIANT", lambda row: row.variant),
    *POINT_COLUMNS,
    Column[FleetRow]("REGIME", lambda row: row.regime),
    Column[FleetRow]("FPS", _rates),
    Column[FleetRow]("P95 MS", lambda row: _of_limit(row.latency_p95_ms, row.latency_limit_ms)),
    Column[FleetRow]("MJ/FRAME", lambda row: row.energy_mj_per_frame or None),
    Column[FleetRow]("ENERGY IS", lambda row: row.energy_source),
    Column[FleetRow]("W", lambda row: _of_limit(row.power_w, row.power_limit_w)),
    Column[FleetRow]("°C", _celsius),
    Column[FleetRow]("COUNTS", lambda row: row.counts or None),
    Column[FleetRow]("UPDATE", _update),
    Column[FleetRow]("BY HAND", lambda row: row.by_hand),
    Column[FleetRow]("AGENT", lambda row: row.agent),
    Column[FleetRow]("SEEN (UTC)", lambda row: _clock(row.last_seen)),
    Column[FleetRow]("ATTENTION", lambda row: row.notice_text),
)


def rows_of(api: Client, query: str = "", sort: str = "id") -> Iterator[FleetRow]:
    """All rows that a query leaves, page by page."""
    after = ""
    while True:
        page = api.send(fleet_rows(query, sort=sort, after=after))
        yield from page.rows
        if not page.after:
            return
        after = page.after


@fleet_app.command("list")
def fleet_list(
    query: Asked = "",
    sort: Annotated[RowOrder, typer.Option(help="Column to sort by.")] = RowOrder.HEALTH,
    down: Annotated[bool, typer.Option("--down", help="The greatest first.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """A row for each device: what it serves, how accurate and quick that is, what is wrong."""
    order = f"-{sort.value}" if down else sort.value
    show_rows(list(rows_of(client(data, url, token), query, order)), ROW_COLUMNS, as_json)


@fleet_app.command("summary")
def fleet_summary(
    query: Asked = "",
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 where something is broken.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """How many devices are well, doubtful or broken, and what all of them serve and draw."""
    rows = list(rows_of(client(data, url, token), query))
    found = sums(rows)
    show_lines(asdict(found), _summary_lines(found), as_json)
    if check and any(row.severity is Severity.ERROR for row in rows):
        raise typer.Exit(EXIT_FAILED)


def _summary_lines(found: FleetSums) -> Iterator[str]:
    yield f"devices    {found.devices}, {found.online} online"
    yield (
        f"health     {found.errors} broken, {found.offline} offline, {found.warnings} to look at,"
        f" {found.never} never seen, {found.marked} known, {found.well} well"
    )
    yield f"updates    {found.under_way} under way"
    yield f"frames     {found.fps_served:.1f} of {found.fps_demand:.1f} demanded a second"
    if found.power_w:
        yield f"power      {found.power_w:.1f} W"
    if found.ap50:
        yield f"accuracy   AP50 {found.ap50:.2f} expected, mean of the devices online"


def _days_left(row: FleetRow) -> float:
    return (row.certificate_ends_at - time.time()) / DAY_S


CERTIFICATE_COLUMNS = (
    Column[FleetRow]("DEVICE", lambda row: row.id),
    Column[FleetRow]("STATE", lambda row: row.state),
    Column[FleetRow]("SITE", lambda row: row.site),
    Column[FleetRow]("ENDS (UTC)", lambda row: _clock(row.certificate_ends_at)),
    Column[FleetRow]("DAYS LEFT", lambda row: f"{_days_left(row):.0f}"),
)


@fleet_app.command("certificates")
def fleet_certificates(
    query: Asked = "",
    within: Annotated[
        str, typer.Option(help="Only those that end within 30d or 12h; default: all.")
    ] = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """When devices' certificates end, the first first; each renews its own before that."""
    most_s = seconds_of(within) if within else None
    rows = [row for row in rows_of(client(data, url, token), query) if row.certificate_ends_at]
    soon = [row for row in rows if most_s is None or _days_left(row) * DAY_S <= most_s]
    soon.sort(key=lambda row: (row.certificate_ends_at, row.id))
    if as_json:
        ends = [
            {"id": row.id, "site": row.site, "state": row.state, "ends_at": row.certificate_ends_at}
            for row in soon
        ]
        show_rows(ends, (), as_json)
        return
    show_rows(soon, CERTIFICATE_COLUMNS, as_json)
