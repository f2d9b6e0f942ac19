"""One thread that makes all decisions, one after the other: no locks elsewhere."""

import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

from lamplighter_wire.clock import Clock

from lamplighter_controller.errors import StoreError
from lamplighter_controller.services.deciding.lanes import Lane, Lanes, Step, Task, nothing

log = logging.getLogger(__name__)
T = TypeVar("T")
CALL_TIMEOUT_S = 30.0
# What so many calls, or calls of so long, have written is one commit.
MOST_TOGETHER = 64
LONGEST_TOGETHER_S = 0.05
# After the store could not be used.
RETRY_S = 1.0

Transaction = Callable[[], AbstractContextManager[object]]


class DecisionQueue:
    """Calls in lanes, some of them due later.

    Calls that wait are made in turn, and several of them share a commit; each is kept as a whole or
    not at all. With `start` a thread works through them; without, `run_due` does so on the caller's
    thread.

    Args:
        transaction: the store's; within one, another is a part that can be undone by itself.
    """

    def __init__(
        self,
        clock: Clock,
        transaction: Transaction = nullcontext,
        call_timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        self._clock, self._transaction = clock, transaction
        self._call_timeout_s = call_timeout_s
        self._order = itertools.count()
        self._calls: deque[Step] = deque()  # somebody waits for these: before all lanes
        self._lanes = Lanes()
        self._timers: list[tuple[float, int, Task]] = []
        self._changed = threading.Condition()
        self._closing = False
        self._is_held_up = False
        self._began_at: float | None = None  # a call that is under way
        self._thread: threading.Thread | None = None

    def goes_on(self, within_s: float) -> bool:
        """Whether its thread lives, and no call has taken so long. Waits for nothing."""
        began_at = self._began_at
        is_alive = self._thread is not None and self._thread.is_alive()
        return is_alive and (began_at is None or self._clock.monotonic() - began_at < within_s)

    @property
    def depth(self) -> int:
        """Calls that wait."""
        with self._changed:
            return len(self._calls) + len(self._lanes) + len(self._timers)

    def depths(self) -> dict[str, int]:
        """Calls that are due, by lane."""
        with self._changed:
            return {str(lane): depth for lane, depth in self._lanes.depths().items()}

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
        self._thread.start()

    def submit(
        self,
        call: Callable[..., Any],
        *args: Any,
        lane: Lane = Lane.DECISIONS,
        then: Callable[[], None] = nothing,
        repeats: bool = False,
        owner: str = "",
    ) -> None:
        """Do it soon. What it raises is logged; `then` follows in any case, after the commit.

        Within a lane owners take turns: it waits for what its own has submitted before, and for one
        call of each other. What `repeats` is done again while the store cannot be used, and nothing
        follows until then.
        """
        with self._changed:
            task = Task(next(self._order), lane, partial(call, *args), then, repeats, owner)
            self._lanes.put(task)
            self._changed.notify()

    def later(
        self, seconds: float, call: Callable[..., Any], *args: Any, lane: Lane = Lane.DECISIONS
    ) -> None:
        """Do it after some seconds."""
        due = self._clock.monotonic() + seconds
        with self._changed:
            task = Task(next(self._order), lane, partial(call, *args))
            heapq.heappush(self._timers, (due, task.number, task))
            self._changed.notify()

    def call(self, call: Callable[..., T], *args: Any) -> T:
        """Do it on the deciding thread before all that waits; return or raise what it does.

        Somebody waits for it: an operator, or a device that enrols. What it wrote is on disk then,
        or nothing of it where it raises.

        Raises:
            TimeoutError: its turn did not come in time, and it will not be done; or it was begun
                and takes as long again.
        """
        if self._thread is None or threading.current_thread() is self._thread:
            return call(*args)
        future: Future[T] = Future()
        with self._changed:
            self._calls.append(partial(self._answer, future, partial(call, *args)))
            self._changed.notify()
        try:
            return future.result(self._call_timeout_s)
        except TimeoutError:
            # A refused call must not be carried out later; one that has begun is waited for.
            if future.cancel():
                raise
            return future.result(self._call_timeout_s)

    def run_due(self) -> int:
        """Do everything that is due; returns how many calls were made."""
        done = 0
        while made := self._answer_next() or self._work_together():
            done += made
        return done

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(10.0)

    def _answer(self, future: "Future[T]", call: Callable[[], T]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            with self._transaction():
                answer = call()
        except Exception as error:  # noqa: BLE001 - handed to the caller
            future.set_exception(error)
        else:
            future.set_result(answer)

    def _answer_next(self) -> int:
        with self._changed:
            step = self._calls.popleft() if self._calls else None
        if step is None:
            return 0
        self._began_at = self._clock.monotonic()
        step()
        self._began_at = None
        return 1

    def _work_together(self) -> int:
        """Calls whose writes are one commit; returns how many."""
        first = self._take()
        if first is None:
            return 0
        begun: list[Task] = []
        self._began_at = self._clock.monotonic()
        try:
            with self._transaction():
                self._work(first, begun)
        except StoreError:
            log.exception("nothing can be saved; tried again in %.0f s", RETRY_S)
            self._put_back(begun or [first], is_begun=bool(begun))
            return 0
        finally:
            self._began_at = None
        for task in begun:
            _follow(task.then)
        return len(begun)

    def _work(self, first: Task, begun: list[Task]) -> None:
        """Raises StoreError where nothing can be saved."""
        until = self._clock.monotonic() + LONGEST_TOGETHER_S
        task: Task | None = first
        while task is not None:
            begun.append(task)
            began = self._began_at = self._clock.monotonic()
            self._guarded(task.step)
            ended = self._clock.monotonic()
            with self._changed:
                self._lanes.charge(task.lane, ended - began)
            is_enough = ended >= until or len(begun) >= MOST_TOGETHER or self._calls
            task = None if is_enough else self._take()

    def _put_back(self, tasks: list[Task], *, is_begun: bool) -> None:
        """They are next; of what was begun already, only what may be done again."""
        again = [task for task in tasks if task.repeats or not is_begun]
        if len(again) < len(tasks):
            log.error("%d calls are left to the next start", len(tasks) - len(again))
        with self._changed:
            for task in reversed(again):
                self._lanes.put_back(task)
            self._is_held_up = True

    def _take(self) -> Task | None:
        now = self._clock.monotonic()
        with self._changed:
            while self._timers and self._timers[0][0] <= now:
                self._lanes.put(heapq.heappop(self._timers)[2])
            return self._lanes.take()

    def _run(self) -> None:
        while not self._closing:
            self.run_due()
            with self._changed:
                if self._is_held_up and not self._closing:
                    self._is_held_up = False
                    self._changed.wait(RETRY_S)
                elif not (self._closing or self._calls or len(self._lanes)):
                    self._changed.wait(self._idle_s())

    def _idle_s(self) -> float | None:
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - self._clock.monotonic())

    def _guarded(self, step: Step) -> None:
        """One device's trouble must not stop the others; that of the store is everybody's."""
        try:
            with self._transaction():
                step()
        except StoreError:
            raise
        except Exception:
            log.exception("a decision failed")


def _follow(then: Callable[[], None]) -> None:
    try:
        then()
    except Exception:
        log.exception("what follows a call failed")
