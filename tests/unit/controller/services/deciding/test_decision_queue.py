"""One thread decides: what it is asked for is done in order, once, or not at all."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lamplighter_controller.errors import StoreError
from lamplighter_controller.services.deciding.decision_queue import MOST_TOGETHER, DecisionQueue
from lamplighter_controller.services.deciding.lanes import Lane
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.clock import ManualClock, SystemClock

PATIENCE_S = 60.0


@pytest.fixture
def queue() -> Iterator[DecisionQueue]:
    made = DecisionQueue(SystemClock(), call_timeout_s=PATIENCE_S)
    made.start()
    yield made
    made.close()


@pytest.fixture
def impatient() -> Iterator[DecisionQueue]:
    """Gives a call little time to be begun, and as much again to end."""
    made = DecisionQueue(SystemClock(), call_timeout_s=0.5)
    made.start()
    yield made
    made.close()


def busy(queue: DecisionQueue) -> threading.Event:
    """Keeps the deciding thread at work until the event is set."""
    begun, release = threading.Event(), threading.Event()
    queue.submit(lambda: (begun.set(), release.wait(PATIENCE_S)))
    assert begun.wait(PATIENCE_S)
    return release


def release_behind(queue: DecisionQueue, release: threading.Event) -> None:
    """Set the event once one more waits than now: the call that is about to be made."""
    before = queue.depth

    def watch() -> None:
        until = time.monotonic() + PATIENCE_S
        while queue.depth == before and time.monotonic() < until:
            time.sleep(0.001)
        release.set()

    threading.Thread(target=watch, daemon=True).start()


def test_who_waits_goes_before_what_waits(queue: DecisionQueue) -> None:
    release, order = busy(queue), list[str]()
    for number in range(3):
        queue.submit(order.append, f"message {number}")
    release_behind(queue, release)
    queue.call(order.append, "operator")
    queue.call(lambda: None)
    done = threading.Event()
    queue.submit(done.set)
    assert done.wait(PATIENCE_S)
    assert order == ["operator", "message 0", "message 1", "message 2"]


def test_a_call_that_was_refused_for_time_is_not_carried_out_later(
    impatient: DecisionQueue,
) -> None:
    release, done, following = busy(impatient), [], threading.Event()
    with pytest.raises(TimeoutError):
        impatient.call(done.append, "late")
    impatient.submit(following.set)  # calls go before it
    release.set()
    assert following.wait(PATIENCE_S)
    assert done == []


def test_a_call_that_has_begun_is_waited_for(impatient: DecisionQueue) -> None:
    begun = threading.Event()

    def slow() -> str:
        begun.set()
        threading.Event().wait(0.6)
        return "done"

    assert impatient.call(slow) == "done"
    assert begun.is_set()


def test_what_a_call_raises_reaches_its_caller(queue: DecisionQueue) -> None:
    with pytest.raises(ZeroDivisionError):
        queue.call(lambda: 1 // 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(sqlite_url(tmp_path / "controller.db"))
    yield made
    made.close()


def ids(store: SqlStore) -> list[str]:
    """As another thread reads them: what is on disk."""
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(d.id for d in store.devices()))
    reader.start()
    reader.join()
    return found


def add(store: SqlStore, name: str) -> None:
    store.add_device(DeviceRecord(id=name))


def test_calls_that_wait_are_one_commit_and_what_follows_comes_after_it(store: SqlStore) -> None:
    queue = DecisionQueue(ManualClock(), store.transaction)
    on_disk: list[list[str]] = []
    for name in ("cam-1", "cam-2"):
        queue.submit(add, store, name, then=lambda: on_disk.append(ids(store)))
    queue.submit(lambda: on_disk.append(ids(store)))
    queue.run_due()
    assert on_disk == [[], ["cam-1", "cam-2"], ["cam-1", "cam-2"]]


def test_a_call_that_fails_leaves_nothing_half_done_and_takes_no_other_along(
    store: SqlStore,
) -> None:
    queue, followed = DecisionQueue(ManualClock(), store.transaction), list[str]()

    def half() -> None:
        add(store, "cam-2")
        raise RuntimeError("in the middle")

    queue.submit(add, store, "cam-1", then=lambda: followed.append("cam-1"))
    queue.submit(half, then=lambda: followed.append("cam-2"))
    queue.submit(add, store, "cam-3", then=lambda: followed.append("cam-3"))
    queue.run_due()
    assert ids(store) == ["cam-1", "cam-3"]
    assert followed == ["cam-1", "cam-2", "cam-3"], "it would fail again"


def test_an_operator_does_not_wait_for_all_that_is_due(store: SqlStore) -> None:
    queue = DecisionQueue(SystemClock(), store.transaction)
    order = list[str]()
    release = busy_from(queue)
    for number in range(2 * MOST_TOGETHER):
        queue.submit(order.append, f"message {number}")
    release_behind(queue, release)
    queue.call(lambda: order.append("operator"))
    queue.close()
    assert order[0] == "operator"


def busy_from(queue: DecisionQueue) -> threading.Event:
    queue.start()
    return busy(queue)


def test_what_an_operators_call_wrote_before_it_failed_is_undone(store: SqlStore) -> None:
    queue = DecisionQueue(SystemClock(), store.transaction)
    queue.start()

    def half() -> None:
        add(store, "cam-1")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        queue.call(half)
    queue.close()
    assert ids(store) == []


def test_timers_come_into_their_lane_when_they_are_due() -> None:
    clock = ManualClock()
    queue, order = DecisionQueue(clock), list[str]()
    queue.later(2.0, order.append, "later", lane=Lane.PRESENCE)
    queue.submit(order.append, "soon")
    assert queue.depth == 2
    queue.run_due()
    assert order == ["soon"]
    assert queue.depths()["presence"] == 0
    clock.advance(2.0)
    queue.run_due()
    assert order == ["soon", "later"]


class Store:
    """A store that can be away; `kept` is what was committed."""

    def __init__(self) -> None:
        self.is_away = False
        self.tries = 0
        self.kept: list[str] = []
        self._written: list[str] = []
        self._is_open = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._is_open:
            yield
            return
        self._check()
        self._is_open = True
        try:
            yield
            self._check()
            self.kept += self._written
        finally:
            self._is_open, self._written = False, []

    def write(self, text: str) -> None:
        self._check()
        self._written.append(text)

    def _check(self) -> None:
        if self.is_away:
            raise StoreError("away")


def test_what_cannot_be_begun_waits_until_the_store_is_back() -> None:
    away, followed = Store(), list[str]()
    queue = DecisionQueue(ManualClock(), away.transaction)
    queue.submit(away.write, "first", then=lambda: followed.append("first"))
    queue.submit(away.write, "second")
    away.is_away = True
    queue.run_due()
    assert (away.kept, followed, queue.depth) == ([], [], 2)
    away.is_away = False
    queue.run_due()
    assert (away.kept, followed) == (["first", "second"], ["first"])


@pytest.mark.parametrize("gone_before_commit", [True, False])
def test_messages_are_handled_again_when_the_store_fails_under_them(
    gone_before_commit: bool,
) -> None:
    away, followed = Store(), list[str]()
    queue = DecisionQueue(ManualClock(), away.transaction)

    def second() -> None:
        away.is_away = away.tries == 0
        away.tries += 1
        if not gone_before_commit:
            away.write("second")

    queue.submit(away.write, "first", then=lambda: followed.append("first"), repeats=True)
    queue.submit(second, then=lambda: followed.append("second"), repeats=True)
    queue.submit(away.write, "a timer")
    queue.run_due()
    assert (away.kept, followed) == ([], []), "nothing is acknowledged that is not on disk"
    away.is_away = False
    queue.run_due()
    assert away.kept[0] == "first"
    assert followed == ["first", "second"]
