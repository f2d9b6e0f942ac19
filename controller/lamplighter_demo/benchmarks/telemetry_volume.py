"""How many bytes a fleet's telemetry takes in the database, one by one and as summaries."""

from pathlib import Path

import sqlalchemy as sa
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.engines import make_engine, sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore

from lamplighter_demo.benchmarks.measured_windows import WINDOW_S, measured_window

DEVICES, HOURS = 30, 4
BEGIN = 1.8e9
AT_ONCE = 500
DAY_S = 86_400
FLEET, DAYS = 10_000, 14
EVERYTHING = Cutoff(1e12, 1e12, 1e12)


def bench_volume(
    folder: Path, database: str = "", devices: int = DEVICES, hours: int = HOURS
) -> dict[str, float]:
    """Bytes per window, summary, and device and day; GB of a fleet with the default settings.

    `database`: URL of one without telemetry; else SQLite in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = database or sqlite_url(folder / "volume.db")
    store = SqlStore(url)
    try:
        windows = _fill(store, devices, round(hours * HOUR_S / WINDOW_S))
        window_bytes = _table_bytes(url, "telemetry") / windows
        _condense(store)
        rows = {resolution_s: _rows(url, resolution_s) for resolution_s in (MINUTES_S, HOUR_S)}
        summary_bytes = _table_bytes(url, "telemetry_summaries") / sum(rows.values())
    finally:
        store.close()
    share = {resolution_s: count / windows for resolution_s, count in rows.items()}
    return _volume(window_bytes, summary_bytes, share)


def _fill(store: SqlStore, devices: int, count: int) -> int:
    """As they come: one of each device, then the next of each; returns how many windows."""
    names = [f"volume-{number:05d}" for number in range(devices)]
    for name in names:
        store.add_device(DeviceRecord(id=name))
    for number in range(count):
        windows = [measured_window(number, name, BEGIN) for name in names]
        store.add_telemetry(windows, BEGIN + number * WINDOW_S)
    return count * devices


def _condense(store: SqlStore) -> None:
    series = store.next_series(None)
    while series is not None:
        while store.condense_windows(series, EVERYTHING, AT_ONCE):
            pass
        series = store.next_series(series)


def _volume(window_bytes: float, summary_bytes: float, share: dict[int, float]) -> dict[str, float]:
    """`share`: how many summaries of each resolution one window makes."""
    settings = ControllerSettings()
    windows = DAY_S / WINDOW_S
    detail = window_bytes * windows * settings.telemetry_detail_hours / 24
    minutes = summary_bytes * windows * share[MINUTES_S]
    hours = summary_bytes * windows * share[HOUR_S]
    # The first day is kept one by one, all of it by the hour.
    fortnight = detail + (DAYS - settings.telemetry_detail_hours / 24) * minutes + DAYS * hours
    return {
        "bytes_per_window": round(window_bytes),
        "bytes_per_summary": round(summary_bytes),
        "bytes_per_device_and_day_one_by_one": round(window_bytes * windows),
        "bytes_per_device_and_day_in_summaries": round(minutes + hours),
        f"gb_of_{FLEET}_devices_for_{DAYS}_days": round(FLEET * fortnight / 1e9, 1),
    }


def _rows(url: str, resolution_s: int) -> int:
    query = "SELECT COUNT(*) FROM telemetry_summaries WHERE resolution_s = :resolution_s"
    return _scalar(url, query, resolution_s=resolution_s)


def _table_bytes(url: str, table: str) -> int:
    """With its indices and what is free in its pages."""
    if url.startswith("sqlite"):
        return _scalar(url, "SELECT SUM(pgsize) FROM dbstat WHERE name = :name", name=table)
    return _scalar(url, "SELECT pg_total_relation_size(:name)", name=table)


def _scalar(url: str, query: str, **values: object) -> int:
    engine = make_engine(url)
    with engine.connect() as connection:
        number = connection.execute(sa.text(query), values).scalar()
    engine.dispose()
    return int(number or 0)
