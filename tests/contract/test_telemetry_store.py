"""Windows, and the summaries they become: nothing lost, nothing counted twice, nothing scanned."""

from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa
from lamplighter_controller.domain.telemetry.cutoff import Cutoff, cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.pruning import HistoryKind
from lamplighter_controller.store.records import DeviceRecord, EventRecord, JobRecord, PlanRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.tables import metadata
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_demo.benchmarks.measured_windows import WINDOW_S, measured_window
from lamplighter_wire.enums import JobKind
from lamplighter_wire.messages import Telemetry

BEGIN = 1.8e9  # a whole hour
HOUR_WINDOWS = round(HOUR_S / WINDOW_S)
SERIES = Series("cam-1")
# Everything that was received by then, and by nobody's clock later.
ALL = Cutoff(1e12, 1e12, 1e12)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    for name in ("cam-1", "cam-2"):
        opened.add_device(DeviceRecord(id=name))
    yield opened
    opened.close()


def keep(store: Store, windows: list[Telemetry], received_at: float = BEGIN) -> None:
    assert store.add_telemetry(windows, received_at) == windows


def condense(store: Store, beyond: Cutoff = ALL, limit: int = 100) -> int:
    done = 0
    while rows := store.condense_windows(SERIES, beyond, limit):
        assert rows <= limit
        done += rows
    return done


def sums(store: Store, resolution_s: int) -> Counter[str]:
    """All windows and frames of all summaries."""
    total = Counter[str]()
    for summary in store.summaries("cam-1", resolution_s, limit=None):
        total += Counter(windows=summary.windows, frames=summary.frames)
    return total


def test_every_field_of_a_window_comes_back(store: Store) -> None:
    plain = Telemetry(device="cam-1")
    full = measured_window(3)
    more = {
        field.name: f"{field.name} of today"
        for field in msgspec.structs.fields(Telemetry)
        if field.type is str and field.name not in ("device", "stream")
    }
    odd = msgspec.structs.replace(full, seq=99, disturbed=True, temperature_c=-3.5, **more)
    keep(store, [plain, full, odd])
    assert store.telemetry("cam-1") == [plain, *sorted((full, odd), key=lambda w: w.seq)]


def test_telemetry_drops_what_it_has(store: Store) -> None:
    windows = [Telemetry(device="cam-1", seq=i, start=10.0 * i) for i in range(1, 5)]
    assert store.add_telemetry(windows[:3], 100.0) == windows[:3]
    assert store.add_telemetry([*windows, windows[3]], 200.0) == windows[3:]
    assert store.telemetry("cam-1") == windows
    assert store.telemetry("cam-1", since=20.0, limit=2) == windows[2:]


def test_windows_become_summaries_once(store: Store) -> None:
    windows = [measured_window(number) for number in range(2 * HOUR_WINDOWS)]
    keep(store, windows)
    first_hour = Cutoff(BEGIN + HOUR_S, 1e12, 1e12)
    assert condense(store, first_hour) == HOUR_WINDOWS
    assert store.telemetry("cam-1", limit=None) == windows[HOUR_WINDOWS:]
    expected = Counter(windows=360, frames=sum(w.frames for w in windows[:HOUR_WINDOWS]))
    assert sums(store, MINUTES_S) == sums(store, HOUR_S) == expected
    assert len(store.summaries("cam-1", MINUTES_S)) == 13, "twelve, and one with two regimes"
    assert store.summaries("cam-1", MINUTES_S, since=BEGIN + 3000.0, limit=1)[0].start == (
        BEGIN + 3300.0
    )


def test_a_window_that_comes_again_after_all_is_not_counted_again(store: Store) -> None:
    windows = [measured_window(number) for number in range(60)]
    keep(store, windows[:40])
    condense(store)
    before = sums(store, HOUR_S)
    keep(store, windows[30:])  # the device never heard that the first ones were kept
    condense(store, limit=7)
    after = sums(store, HOUR_S)
    assert (before["windows"], after["windows"]) == (40, 60)
    assert after["frames"] == sum(window.frames for window in windows)
    assert sums(store, MINUTES_S) == after


def test_what_is_cut_in_the_middle_has_not_happened(store: Store) -> None:
    windows = [measured_window(number) for number in range(50)]
    keep(store, windows)
    with pytest.raises(RuntimeError), store.transaction():
        assert store.condense_windows(SERIES, ALL, 30) == 30
        raise RuntimeError("power")
    assert store.telemetry("cam-1") == windows
    assert store.summaries("cam-1", HOUR_S) == []


def test_what_came_late_is_kept_as_long_as_the_rest(store: Store) -> None:
    now = BEGIN + 30 * HOUR_S
    old, late = measured_window(0), measured_window(1)
    keep(store, [old], BEGIN + 60.0)
    keep(store, [late], now - 60.0)
    assert condense(store, cutoff(now, 24 * HOUR_S)) == 1
    assert store.telemetry("cam-1") == [late]


def test_the_clock_of_a_device_holds_up_nothing(store: Store) -> None:
    year = 365 * 86_400.0
    future, past = (
        msgspec.structs.replace(measured_window(n), start=BEGIN + n * year) for n in (5, -20)
    )
    keep(store, [future, past], BEGIN)
    assert condense(store, cutoff(BEGIN + 3600.0, 24 * HOUR_S)) == 0, "they have come just now"
    later = cutoff(BEGIN + 26 * HOUR_S, 24 * HOUR_S)
    assert condense(store, later) == 2
    assert sums(store, HOUR_S)["windows"] == 2
    assert store.delete_summaries(SERIES, HOUR_S, later, 100) == 2
    assert store.delete_summaries(SERIES, MINUTES_S, later, 1) == 1, "one at a time if so wished"


def test_numbers_of_no_honest_device_stop_nobody(store: Store) -> None:
    wild = msgspec.structs.replace(
        measured_window(1), frames=2**70, power_w=1e300, seconds=-1e300, counts={"a": {"b": 2**66}}
    )
    keep(store, [wild, measured_window(2)])
    assert len(store.telemetry("cam-1")) == 2
    assert condense(store) == 2
    (summary,) = store.summaries("cam-1", HOUR_S)
    assert summary.windows == 2


def test_series_are_found_one_after_the_other(store: Store) -> None:
    for name in ("cam-2", "cam-1"):
        keep(store, [measured_window(1, name)])
    condense(store)
    assert store.telemetry("cam-1") == [], "only summaries are left of it"
    assert store.next_series(None) == SERIES
    assert store.next_series(SERIES) == Series("cam-2")
    assert store.next_series(Series("cam-2")) is None


def test_conditions_stay_as_long_as_something_was_measured_under_them(store: Store) -> None:
    first, second = measured_window(1), measured_window(2)
    other = msgspec.structs.replace(first, threshold=0.5, seq=50)
    keep(store, [first, other], BEGIN)
    keep(store, [second], BEGIN + 10 * 86_400.0)
    assert store.delete_conditions(BEGIN + 86_400.0) == 0
    assert store.delete_conditions(BEGIN + 9 * 86_400.0) == 1, "those of the second are in use"
    assert store.telemetry("cam-1", since=second.start) == [second]


def test_no_statement_reads_a_whole_table(store: Store, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("a small table is read as a whole by PostgreSQL, whatever indices it has")
    keep(store, [measured_window(number) for number in range(40)])
    for at in (1.0, 2.0, 3.0):
        store.add_event(EventRecord(received_at=at))
        store.put_job(JobRecord(id=str(at), kind=JobKind.BUILD, subject="v", finished_at=at))
        store.add_plan(PlanRecord(device="cam-1", at=at, cause="", variant="v", regime=""))
    statements: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, text: str, values: object, *_: object) -> None:
        if not text.startswith(("PRAGMA", "INSERT")):
            statements.append((text, values))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    condense(store)
    store.next_series(store.next_series(None))
    store.summaries("cam-1", MINUTES_S, since=BEGIN)
    store.telemetry("cam-1", since=BEGIN)
    for resolution_s in (MINUTES_S, HOUR_S):
        store.delete_summaries(SERIES, resolution_s, ALL, 100)
    for kind in HistoryKind:
        first = store.prune_history(kind, 1e12, None, 1)
        store.prune_history(kind, 1e12, first.position, 1)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    engine = make_engine(url)
    with engine.connect() as connection:
        plans = [
            row[-1]
            for text, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type]
        ]
    engine.dispose()
    scans = [plan for plan in plans if plan.removeprefix("SCAN ").split()[0] in metadata.tables]
    assert plans
    assert scans == []


def test_streams_of_a_device_are_read_together_or_one_by_one(store: Store) -> None:
    north, south = (
        [
            msgspec.structs.replace(measured_window(number), stream=stream, seq=2 * number + more)
            for number in range(20)
        ]
        for more, stream in enumerate(("north", "south"))
    )
    keep(store, [*north, *south])
    assert store.telemetry("cam-1", stream="south") == south
    both = store.telemetry("cam-1", limit=4)
    assert [window.stream for window in both] == ["north", "south"] * 2
    for stream in ("north", "south"):
        while store.condense_windows(Series("cam-1", stream), ALL, 100):
            pass
    frames = {
        stream: sum(s.frames for s in store.summaries("cam-1", MINUTES_S, stream=stream))
        for stream in ("north", "south", "west")
    }
    assert frames == {
        "north": sum(w.frames for w in north),
        "south": sum(w.frames for w in south),
        "west": 0,
    }
    assert len(store.summaries("cam-1", MINUTES_S)) == 2, "streams are never put together"
