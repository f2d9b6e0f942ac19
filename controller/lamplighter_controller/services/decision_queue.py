"""One thread that makes all decisions, one after the other: no locks elsewhere."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from lamplighter_wire.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")
CALL_TIMEOUT_S = 30.0
FIRST = float("-inf")  # due before everything else


class DecisionQueue:
    """A queue of calls, some of them due later.

    With `start` a thread works through it; without, `run_due` does so on the caller's thread.
    """

    def __init__(self, clock: Clock, call_timeout_s: float = CALL_TIMEOUT_S) -> None:
        self._clock = clock
        self._call_timeout_s = call_timeout_s
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], Any]]] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def depth(self) -> int:
        """Calls that wait."""
        return len(self._due)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[..., Any], *args: Any) -> None:
        """Do it soon. What it raises is logged."""
        self.later(0.0, call, *args)

    def later(self, seconds: float, call: Callable[..., Any], *args: Any) -> None:
        """Do it after some seconds."""
        self._push(self._clock.monotonic() + seconds, lambda: call(*args))

    def call(self, call: Callable[..., T], *args: Any) -> T:
        """Do it on the deciding thread before all that waits; return or raise what it does.

        Somebody waits for it: an operator, or a device that enrols.

        Raises:
            TimeoutError: its turn did not come in time, and it will not be done; or it was begun
                and takes as long again.
        """
        if self._thread is None or threading.current_thread() is self._thread:
            return call(*args)
        future: Future[T] = Future()

        def _work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(*args))
            except Exception as error:  # noqa: BLE001 - handed to the caller
                future.set_exception(error)

        self._push(FIRST, _work)
        try:
            return future.result(self._call_timeout_s)
        except TimeoutError:
            # A refused call must not be carried out later; one that has begun is waited for.
            if future.cancel():
                raise
            return future.result(self._call_timeout_s)

    def _push(self, due: float, call: Callable[[], Any]) -> None:
        with self._changed:
            heapq.heappush(self._due, (due, next(self._order), call))
            self._changed.notify()

    def run_due(self) -> int:
        """Do everything that is due; returns how many calls were made."""
        done = 0
        while (call := self._next()) is not None:
            _guarded(call)
            done += 1
        return done

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(10.0)

    def _next(self) -> Callable[[], Any] | None:
        with self._changed:
            if self._due and self._due[0][0] <= self._clock.monotonic():
                return heapq.heappop(self._due)[2]
        return None

    def _run(self) -> None:
        while not self._closing:
            self.run_due()
            with self._changed:
                if not self._closing:
                    self._changed.wait(self._idle_s())

    def _idle_s(self) -> float | None:
        if not self._due:
            return None
        return max(0.0, self._due[0][0] - self._clock.monotonic())


def _guarded(call: Callable[[], Any]) -> None:
    try:
        call()
    except Exception:
        # One device's trouble must not stop the others.
        log.exception("a decision failed")
