"""`lamplighter device telemetry`: what a device measured over a span of time."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.documents.devices import TelemetryEntry
from lamplighter_wire.words.names import point_words

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.times import WHEN, span_of

MOST = 5000


def _start(entry: TelemetryEntry) -> str:
    return datetime.fromtimestamp(entry.start, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _energy(entry: TelemetryEntry) -> float | None:
    return entry.energy_mj_per_frame or None


def _crossings(entry: TelemetryEntry) -> int:
    return sum(sum(by_class.values()) for by_class in entry.counts.values())


TELEMETRY_COLUMNS = (
    Column[TelemetryEntry]("START (UTC)", _start),
    Column[TelemetryEntry]("SECONDS", lambda entry: entry.seconds),
    Column[TelemetryEntry]("CAMERA", lambda entry: entry.stream),
    Column[TelemetryEntry]("SERVING", lambda entry: point_words(entry.serving)),
    Column[TelemetryEntry]("REGIME", lambda entry: str(entry.regime)),
    Column[TelemetryEntry]("FPS", lambda entry: entry.fps_served),
    Column[TelemetryEntry]("DEMAND", lambda entry: entry.fps_demand),
    Column[TelemetryEntry]("P50 MS", lambda entry: entry.latency_p50_ms or None),
    Column[TelemetryEntry]("P95 MS", lambda entry: entry.latency_p95_ms or None),
    Column[TelemetryEntry]("MJ/FRAME", _energy),
    Column[TelemetryEntry]("ENERGY IS", lambda entry: entry.energy_source),
    Column[TelemetryEntry]("W", lambda entry: entry.power_w or None),
    Column[TelemetryEntry]("°C", lambda entry: entry.temperature_c),
    Column[TelemetryEntry]("DENSITY", lambda entry: entry.density),
    Column[TelemetryEntry]("COUNTS", _crossings),
    Column[TelemetryEntry]("DROPPED", lambda entry: entry.dropped),
)


def device_telemetry(
    device: DeviceArgument,
    since: Annotated[str, typer.Option("--since", help=f"{WHEN}; default: an hour ago.")] = "1h",
    until: Annotated[str, typer.Option("--until", help=f"{WHEN}; default: now.")] = "",
    stream: Annotated[
        str | None, typer.Option(help="Of this camera of the device only; default: of all.")
    ] = None,
    limit: Annotated[
        int,
        typer.Option(min=1, max=MOST, help="Most lines; of more windows, summaries are made."),
    ] = 120,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What it measured, window by window: frames, latency, energy and its source, density."""
    now = time.time()
    begin, end = span_of(("--since", since), ("--until", until), now)
    asked = endpoints.telemetry(device, limit, begin, stream, end)
    entries = client(data, url, token).send(asked)
    show_rows(entries, TELEMETRY_COLUMNS, as_json)
