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


def test_a_call_that_was_refused_for_time_is_not_carried_out_later(queue: DecisionQueue) -> None:
    release, done = threading.Event(), []
    queue.submit(release.wait, 10.0)
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
