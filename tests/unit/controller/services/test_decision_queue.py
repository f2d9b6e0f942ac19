"""One thread decides: what it is asked for is done in order, once, or not at all."""

import threading
from collections.abc import Iterator

import pytest
from lamplighter_controller.services.decision_queue import DecisionQueue
from lamplighter_wire.clock import SystemClock


@pytest.fixture
def queue() -> Iterator[DecisionQueue]:
    made = DecisionQueue(SystemClock(), call_timeout_s=0.1)
    made.start()
    yield made
    made.close()


def busy(queue: DecisionQueue) -> threading.Event:
    """Keeps the deciding thread at work until the event is set."""
    begun, release = threading.Event(), threading.Event()
    queue.submit(lambda: (begun.set(), release.wait(10.0)))
    assert begun.wait(10.0)
    return release


def test_who_waits_goes_before_what_waits(queue: DecisionQueue) -> None:
    release, order = busy(queue), list[str]()
    for number in range(3):
        queue.submit(order.append, f"message {number}")
    threading.Timer(0.05, release.set).start()
    queue.call(order.append, "operator")
    queue.call(lambda: None)
    done = threading.Event()
    queue.submit(done.set)
    assert done.wait(10.0)
    assert order == ["operator", "message 0", "message 1", "message 2"]


def test_a_call_that_was_refused_for_time_is_not_carried_out_later(queue: DecisionQueue) -> None:
    release, done = busy(queue), []
    with pytest.raises(TimeoutError):
        queue.call(done.append, "late")
    release.set()
    assert queue.call(lambda: "next") == "next"
    assert done == []


def test_a_call_that_has_begun_is_waited_for(queue: DecisionQueue) -> None:
    begun = threading.Event()

    def slow() -> str:
        begun.set()
        threading.Event().wait(0.15)
        return "done"

    assert queue.call(slow) == "done"
    assert begun.is_set()


def test_what_a_call_raises_reaches_its_caller(queue: DecisionQueue) -> None:
    with pytest.raises(ZeroDivisionError):
        queue.call(lambda: 1 // 0)
