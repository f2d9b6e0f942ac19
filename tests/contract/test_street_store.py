"""Street counts, on each database: kept when windows and summaries are gone, each once."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from lamplighter_controller.domain.street.intervals import INTERVAL_S
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.services.street.counts import PAGE_STEPS, StreetCounts
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.street.tables import street_intervals
from lamplighter_controller.store.street.taking_over import take_over_summaries
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Capabilities, OperatingPoint, Telemetry

BEGIN = 1.8e9
ALL = Cutoff(1e12, 1e12, 1e12)
WINDOWS = round(HOUR_S / 10)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    opened.add_device(DeviceRecord(id="cam-1"))
    yield opened
    opened.close()


def window(number: int, **fields: object) -> Telemetry:
    usual = {"device": "cam-1", "seq": number, "start": BEGIN + 10 * number, "seconds": 10.0}
    usual |= {"frames": 50, "counts": {"north/in": {"car": 1, "bus": 2}}}
    return Telemetry(**(usual | fields))  # type: ignore[arg-type]


def condense(store: Store, beyond: Cutoff = ALL, stream: str = "") -> None:
    while store.condense_windows(Series("cam-1", stream), beyond, 47):
        pass


def counted(store: Store, *, until: float = BEGIN + 2 * HOUR_S, **asked: object) -> list[object]:
    service = StreetCounts(store, ManualClock(BEGIN + 1e7))
    listed = service.counts("cam-1", BEGIN, until, **asked)  # type: ignore[arg-type]
    return [one.counts and one.counts["north/in"]["car"] for one in listed]


def test_the_same_is_read_before_and_after_windows_are_put_together(store: Store) -> None:
    store.add_telemetry([window(n) for n in range(WINDOWS)], BEGIN)
    expected = [90, 90, 90, 90, None, None, None, None]
    assert counted(store) == expected
    condense(store, Cutoff(BEGIN + 1000.0, 1e12, 1e12))
    assert store.street_intervals("cam-1", 0, 1e12), "a part of them is kept for good"
    assert counted(store) == expected
    condense(store)
    assert counted(store) == expected
    for resolution_s in (MINUTES_S, HOUR_S):
        store.delete_summaries(Series("cam-1"), resolution_s, ALL, 1000)
    assert counted(store) == expected
    assert counted(store, interval_s=3600) == [360, None]
    assert counted(store, until=BEGIN + HOUR_S / 2, interval_s=3600) == [360], "it begins before"


def test_what_a_device_sends_again_counts_once(store: Store) -> None:
    windows = [window(n) for n in range(90)]
    for _ in range(2):
        store.add_telemetry(windows, BEGIN)
        condense(store)
    assert counted(store, until=BEGIN + 900) == [90]


def test_each_camera_has_its_own_and_gaps_of_its_own(store: Store) -> None:
    north = [window(n, stream="north") for n in range(90)]
    south = [window(n, stream="south") for n in range(90, 180)]
    store.add_telemetry([*north, *south], BEGIN)
    condense(store, stream="north")
    assert counted(store, until=BEGIN + 1800) == [90, None, None, 90]
    assert counted(store, until=BEGIN + 1800, stream="south") == [None, 90]


def test_a_camera_that_tells_nothing_has_gaps_all_the_same(store: Store) -> None:
    named = Capabilities(streams=["north", "south"])
    store.update_device("cam-1", capabilities=named)
    store.add_telemetry([window(n, stream="north") for n in range(90)], BEGIN)
    service = StreetCounts(store, ManualClock(BEGIN + 1e7))
    listed = service.counts("cam-1", BEGIN, BEGIN + 900)
    assert [(one.stream, one.complete) for one in listed] == [("north", True), ("south", False)]
    assert listed[1].counts is None
    assert listed[1].trouble == "nothing was watched: the device told nothing"


def test_frames_that_failed_are_missing_before_and_after_windows_are_put_together(
    store: Store,
) -> None:
    failing = {"frames": 0, "dropped": 50, "counts": {}}
    served = OperatingPoint(variant="v1")
    store.add_telemetry(
        [window(n, serving=served, **(failing if n % 2 else {})) for n in range(90)], BEGIN
    )
    service = StreetCounts(store, ManualClock(BEGIN + 1e7))
    (before,) = service.counts("cam-1", BEGIN, BEGIN + 900)
    assert before.trouble == "450 s are missing: its frames failed for 450 s"
    condense(store)
    assert service.counts("cam-1", BEGIN, BEGIN + 900) == [before]


def test_old_ones_go_and_a_camera_is_remembered_by_them(store: Store) -> None:
    store.add_telemetry([window(n) for n in range(WINDOWS)], BEGIN)
    condense(store)
    for resolution_s in (MINUTES_S, HOUR_S):
        store.delete_summaries(Series("cam-1"), resolution_s, ALL, 1000)
    assert store.next_series(None) == Series("cam-1")
    before = Cutoff(BEGIN + 2 * INTERVAL_S, 1e12, BEGIN + 1)
    assert store.delete_street_intervals(Series("cam-1"), before, 1) == 1
    assert store.delete_street_intervals(Series("cam-1"), before, 9) == 1
    assert counted(store, until=BEGIN + HOUR_S) == [None, None, 90, 90]


def test_a_long_time_is_read_in_pages(store: Store) -> None:
    store.add_telemetry([window(0)], BEGIN)
    service = StreetCounts(store, ManualClock(BEGIN + 1.5 * PAGE_STEPS * INTERVAL_S))
    first = service.page("cam-1", BEGIN, 0.0, INTERVAL_S, None)
    assert (len(first.counts), first.end) == (PAGE_STEPS, BEGIN + PAGE_STEPS * INTERVAL_S)
    second = service.page("cam-1", first.end or 0.0, 0.0, INTERVAL_S, None)
    assert (len(second.counts), second.end) == (PAGE_STEPS / 2, None)


def test_what_summaries_hold_is_taken_over(url: str, store: Store) -> None:
    store.add_telemetry([window(n) for n in range(WINDOWS)], BEGIN)
    condense(store)
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.delete(street_intervals))
    assert counted(store) == [None] * 8
    with engine.begin() as connection:
        take_over_summaries(connection)
    engine.dispose()
    assert counted(store) == [90, 90, 90, 90, None, None, None, None]
