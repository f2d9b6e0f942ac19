"""`lamplighter counts`: what crossed a street, by intervals, movements and classes."""

import csv
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.configuring.endpoints import street
from lamplighter_client.documents.street.intervals import UNPROVEN, StreetCount
from lamplighter_client.street.endpoints import street_counts
from lamplighter_client.street.movements import (
    Movement,
    MovementKey,
    count_rows,
    movement_cells,
    movements,
    row_cells,
    row_titles,
)
from lamplighter_client.street.ngsi_ld import Place, place_of, traffic_flow
from lamplighter_client.street.peak_hour import QUARTER_S, peak_hour
from lamplighter_client.street.sensor_things import observations, thing
from lamplighter_client.street.volumes import entered_volume, quarters
from lamplighter_client.street.watched import (
    Gap,
    gaps,
    other_notes,
    unproven_regimes,
    watched_share,
)
from lamplighter_client.street.whole_quarters import settled

from lamplighter_cli.commands.fleet.parquet import standard_output, write_parquet
from lamplighter_cli.options import Data, DeviceArgument, Token, Url, client
from lamplighter_cli.output import Column, show_json, table
from lamplighter_cli.times import WHEN, seconds_of, span_of

INTERVALS_S = {900: "15min", 1800: "30min", 3600: "1h", 86_400: "1d"}
HOUR_S = 3600.0
# Below the turning movements; the table of intervals has all of them.
MOST_GAPS = 12
ESTIMATED = "~"  # behind the regime of an interval


def counts(
    device: DeviceArgument,
    since: Annotated[str, typer.Option("--from", help=f"{WHEN}; default: a day ago.")] = "1d",
    until: Annotated[str, typer.Option("--to", help=f"{WHEN}; default: now.")] = "",
    interval: Annotated[
        str, typer.Option(help="Length of an interval: 15min, 30min, 1h or 1d.")
    ] = "15min",
    stream: Annotated[
        str | None, typer.Option(help="Of this camera of the device only; default: of all.")
    ] = None,
    by_movement: Annotated[
        bool,
        typer.Option(
            "--by-movement", help="The turning movements over the whole time: table or csv."
        ),
    ] = False,
    output: Annotated[
        Literal["table", "csv", "parquet", "json", "ngsi-ld", "sensorthings"],
        typer.Option("--format", help="How it is written."),
    ] = "table",
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What crossed its lines and zones; intervals that were not wholly watched say why."""
    now = time.time()
    if by_movement and output not in ("table", "csv"):
        raise typer.BadParameter(f"--by-movement is written as table or csv, not as {output}")
    begin, end = span_of(("--from", since), ("--to", until), now)
    asked = street_counts(device, begin, end or now, _interval_s(interval), stream)
    file = standard_output() if output == "parquet" else None
    connected = client(data, url, token)
    listed = connected.send(asked)
    match output:
        case "json":
            show_json(listed)
        case "csv":
            _write_csv(listed, by_movement=by_movement)
        case "parquet" if file is not None:
            write_parquet(listed, file)
        case "table":
            write_table(listed, now, by_movement=by_movement)
        case _:
            show_json(_exported(output, settled(listed, now), _place(connected, device)))


def _interval_s(text: str) -> int:
    """Raises typer.BadParameter: nothing is counted in such intervals."""
    seconds = seconds_of(text)
    if seconds not in INTERVALS_S:
        raise typer.BadParameter(f"--interval {text}: write {', '.join(INTERVALS_S.values())}")
    return int(seconds)


def _place(connected: Client, device: str) -> Place:
    known = connected.send(endpoints.device(device))
    drawn = connected.send(street(device)).street
    positions = drawn.positions if drawn is not None else ()
    return place_of(known.site, known.labels, positions)


def _exported(output: str, listed: Sequence[StreetCount], place: Place) -> object:
    if output == "ngsi-ld":
        return list(traffic_flow(listed, place))
    made = [thing(name, place, listed) for name in sorted({one.device for one in listed})]
    return {"things": made, "observations": list(observations(listed))}


def _write_csv(listed: Sequence[StreetCount], *, by_movement: bool) -> None:
    written = csv.writer(sys.stdout, lineterminator="\n")
    if by_movement:
        written.writerows(movement_cells(listed))
        return
    written.writerow(row_titles())
    written.writerows(map(row_cells, count_rows(listed)))


def write_table(listed: Sequence[StreetCount], now: float, *, by_movement: bool) -> None:
    """For people: intervals or movements, and below what holds for many of them."""
    found = movements(listed)
    if by_movement:
        typer.echo(table(found, _movement_columns(found)), nl=False)
        for line in _watched_lines(listed, now):
            typer.echo(line)
    else:
        typer.echo(table(listed, _interval_columns(listed, found)), nl=False)
    for line in _unproven_lines(listed, has_rows=not by_movement):
        typer.echo(line)
    peak = peak_hour(quarters(listed)) if _are_quarters(listed) else None
    if peak is not None:
        hour = f"{_clock(peak.start)} to {_clock(peak.start + HOUR_S)} UTC"
        entered = f"{peak.volume} vehicles entered, peak hour factor {peak.factor:.2f}"
        typer.echo(f"peak hour {hour}: {entered}")


def _watched_lines(listed: Sequence[StreetCount], now: float) -> Iterator[str]:
    """How much of the time is in the table, and what is missing from when to when."""
    found = gaps(listed)
    yield f"watched: {watched_share(listed, now):.1%} of the time"
    for gap in found[:MOST_GAPS]:
        yield f"  {_gap_words(gap)}"
    if len(found) > MOST_GAPS:
        yield f"  and {len(found) - MOST_GAPS} more: see the intervals"


def _unproven_lines(listed: Sequence[StreetCount], *, has_rows: bool) -> Iterator[str]:
    """What holds for many intervals is said once; the table marks which, unless all are."""
    regimes = unproven_regimes(listed)
    if regimes:
        which = f"{ESTIMATED}: " if has_rows and _are_some_proven(listed) else ""
        yield (
            f"{which}{UNPROVEN}{', '.join(regimes)}: what error to expect is at best"
            " estimated, from variants like those that served"
        )


def _are_some_proven(listed: Sequence[StreetCount]) -> bool:
    return any(one.watched_s and not unproven_regimes([one]) for one in listed)


def _gap_words(gap: Gap) -> str:
    camera = f" {gap.stream}" if gap.stream else ""
    return f"{_time(gap.begin)} to {_time(gap.end)}{camera}: {', '.join(gap.reasons)}"


def _are_quarters(listed: Sequence[StreetCount]) -> bool:
    return all(interval.seconds == QUARTER_S for interval in listed)


def _interval_columns(
    listed: Sequence[StreetCount], found: Sequence[Movement]
) -> list[Column[StreetCount]]:
    columns = [Column[StreetCount]("START (UTC)", lambda one: _time(one.start))]
    if any(one.stream for one in listed):
        columns.append(Column[StreetCount]("CAMERA", lambda one: one.stream))
    if len({one.street for one in listed if one.counts is not None}) > 1:
        columns.append(Column[StreetCount]("LINES", lambda one: one.street))
    keys = {one.key for one in found}
    columns += [_movement_column(name, keys) for name in dict.fromkeys(one.name for one in found)]
    columns += _volume_columns(listed)
    marks = _are_some_proven(listed)
    columns.append(Column[StreetCount]("REGIME", lambda one: _regime(one, marks=marks)))
    columns.append(Column[StreetCount]("NOTE", _note))
    return columns


def _volume_columns(listed: Sequence[StreetCount]) -> list[Column[StreetCount]]:
    """Who entered: vehicles, and people on foot where any are counted."""

    def cell(interval: StreetCount, which: int) -> int | None:
        volume = entered_volume(interval)
        return None if volume is None else volume[which]

    columns = [Column[StreetCount]("VEHICLES IN", lambda one: cell(one, 0))]
    if any(cell(one, 1) for one in listed):
        columns.append(Column[StreetCount]("ON FOOT IN", lambda one: cell(one, 1)))
    return columns


def _movement_column(name: str, keys: Collection[MovementKey]) -> Column[StreetCount]:
    def cell(interval: StreetCount) -> int | None:
        """None where nothing was watched, and where the lines of then have no such movement."""
        key = MovementKey(interval.stream, interval.street, name)
        if interval.counts is None or key not in keys:
            return None
        return sum(interval.counts.get(name, {}).values())

    return Column[StreetCount](name, cell)


def _movement_columns(found: Sequence[Movement]) -> list[Column[Movement]]:
    kinds = sorted({kind for one in found for kind in one.by_class})
    columns = [
        Column[Movement]("MOVEMENT", lambda one: one.name),
        *(_class_column(kind) for kind in kinds),
        Column[Movement]("VEHICLES", lambda one: one.vehicles),
        Column[Movement]("SHARE", lambda one: f"{one.share:.0%}"),
    ]
    if len({one.key.street for one in found}) > 1:
        columns.insert(0, Column[Movement]("LINES", lambda one: one.key.street))
    if any(one.key.stream for one in found):
        columns.insert(0, Column[Movement]("CAMERA", lambda one: one.key.stream))
    if any(one.kmh is not None for one in found):
        columns.append(Column[Movement]("KM/H", lambda one: _rounded(one.kmh, "{:.1f}")))
    if any(one.occupancy is not None for one in found):
        columns.append(Column[Movement]("OCCUPIED", lambda one: _rounded(one.occupancy, "{:.1%}")))
    return columns


def _rounded(figure: float | None, form: str) -> str | None:
    """None where it was not measured."""
    return None if figure is None else form.format(figure)


def _class_column(kind: str) -> Column[Movement]:
    return Column[Movement](kind, lambda one: one.by_class.get(kind, 0))


def _regime(interval: StreetCount, *, marks: bool) -> str:
    """The one that most of it was in, with a mark where the error of counts is estimated."""
    name = max(interval.regimes_s, key=lambda name: interval.regimes_s[name], default="")
    return f"{name}{ESTIMATED}" if marks and unproven_regimes([interval]) else name


def _note(interval: StreetCount) -> str:
    """Why it is not whole, and what is to be known beside it."""
    return "; ".join(filter(None, (interval.trouble, *other_notes(interval))))


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M}"
