"""Who may run an engine now: one at a time, in the order in which they came."""

import threading
from collections import deque


class Turn:
    """A lock that is handed on in order, so that no stream keeps the engine from another.

    Who holds it must not ask for it again.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        called.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # it stays taken, by the next
            else:
                self._taken = False
