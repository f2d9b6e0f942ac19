"""A long range is read in summaries, a short one in windows."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.services.telemetry_history import TelemetryHistory
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.messages import Telemetry

BEGIN = 1.8e9
WINDOWS = [measured_window(number) for number in range(4 * 360)]
SERIES = Series("cam-1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Four hours of windows; the first two as summaries only, the first one by the hour."""
    opened = SqlStore(sqlite_url(tmp_path / "controller.db"))
    opened.add_device(DeviceRecord(id="cam-1"))
    opened.add_telemetry(WINDOWS, BEGIN)
    while opened.condense_windows(SERIES, Cutoff(BEGIN + 2 * HOUR_S, 1e12, 1e12), 500):
        pass
    opened.delete_summaries(SERIES, MINUTES_S, Cutoff(BEGIN + HOUR_S, 1e12, 1e12), 100)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("hours_ago", "limit", "resolutions"),
    [
        (0.5, 200, {0}),
        (2, 5000, {0}),
        (2, 100, {MINUTES_S}),
        (3, 5000, {0, MINUTES_S}),
        (3, 100, {MINUTES_S}),
        (4, 5000, {0, MINUTES_S, HOUR_S}),
        (4, 60, {MINUTES_S, HOUR_S}),
        (4, 20, {HOUR_S}),
    ],
)
def test_all_since_a_time_in_the_finest_resolution_that_fits(
    store: SqlStore, hours_ago: float, limit: int, resolutions: set[int]
) -> None:
    windows = round(360 * hours_ago)
    since = WINDOWS[-windows].start
    entries = TelemetryHistory(store).entries("cam-1", since, limit)
    assert {entry.resolution_s for entry in entries} == resolutions
    assert [entry.start for entry in entries] == sorted(entry.start for entry in entries)
    # The first summary begins a little before the first window.
    assert sum(entry.windows for entry in entries) in (windows, windows + 30, windows + 360)
    if resolutions == {0}:
        assert sum(entry.frames for entry in entries) == sum(w.frames for w in WINDOWS[-windows:])


def test_an_old_time_has_the_resolution_that_it_has_room_for(store: SqlStore) -> None:
    history, since = TelemetryHistory(store), WINDOWS[-360].start
    until = since + 600.0
    entries = history.entries("cam-1", since, 100, until=until)
    assert {entry.resolution_s for entry in entries} == {0}, "whatever came since is not read"
    assert [entry.start for entry in entries] == [
        window.start for window in WINDOWS if since <= window.start < until
    ]
    whole = history.entries("cam-1", BEGIN, 10, until=BEGIN + 2 * HOUR_S)
    assert {entry.resolution_s for entry in whole} == {HOUR_S}
    assert all(entry.start < BEGIN + 2 * HOUR_S for entry in whole)


def test_without_a_time_the_newest_windows(store: SqlStore) -> None:
    history = TelemetryHistory(store)
    entries = history.entries("cam-1", limit=100)
    assert [entry.seq for entry in entries] == [window.seq for window in WINDOWS[-100:]]
    everything = history.entries("cam-1", limit=5000)
    assert sum(entry.windows for entry in everything) == len(WINDOWS)


def test_a_summary_reads_like_a_window(store: SqlStore) -> None:
    # One in which the street stays as it is.
    minutes = TelemetryHistory(store).entries("cam-1", BEGIN + HOUR_S, 100)
    entry = next(e for e in minutes if e.start == BEGIN + HOUR_S + 2 * MINUTES_S)
    windows = [w for w in WINDOWS if entry.start <= w.start < entry.start + MINUTES_S]
    assert (entry.windows, entry.resolution_s, entry.seq) == (30, MINUTES_S, 0)
    assert entry.frames == sum(window.frames for window in windows)
    assert entry.seconds == pytest.approx(sum(window.seconds for window in windows))
    assert entry.serving == windows[0].serving
    assert entry.energy_source == "estimate"
    energy_mj = sum(window.energy_mj_per_frame * window.frames for window in windows)
    assert entry.energy_mj_per_frame == pytest.approx(energy_mj / entry.frames, rel=1e-5)
    worst = max(window.latency_p95_ms for window in windows)
    assert entry.high["latency_p95_ms"] == pytest.approx(worst, rel=1e-6)
    assert min(w.latency_p50_ms for w in windows) < entry.latency_p50_ms
    assert entry.latency_p50_ms < entry.latency_p95_ms < worst < entry.latency_p99_ms
    assert entry.counts["south/in"]["car"] == sum(w.counts["south/in"]["car"] for w in windows)


def test_a_device_without_telemetry_has_none(store: SqlStore) -> None:
    assert TelemetryHistory(store).entries("cam-2", 5.0) == []
    assert TelemetryHistory(store).entries("cam-2") == []


def test_a_window_of_nothing_can_be_summed(store: SqlStore) -> None:
    store.add_device(DeviceRecord(id="cam-3"))
    store.add_telemetry([Telemetry(device="cam-3", start=BEGIN, seq=n) for n in (1, 2)], BEGIN)
    (entry,) = TelemetryHistory(store).entries("cam-3", BEGIN - 1.0, 1)
    assert (entry.windows, entry.fps_served, entry.latency_p95_ms) == (2, 0.0, 0.0)


def test_one_stream_alone(store: SqlStore) -> None:
    window = msgspec.structs.replace(WINDOWS[-1], stream="north")
    store.add_telemetry([window], BEGIN)
    history = TelemetryHistory(store)
    assert [entry.stream for entry in history.entries("cam-1", stream="north")] == ["north"]
    since = WINDOWS[0].start
    assert sum(e.windows for e in history.entries("cam-1", since, 20, "north")) == 1
    assert {e.stream for e in history.entries("cam-1", since, 20)} == {"", "north"}
