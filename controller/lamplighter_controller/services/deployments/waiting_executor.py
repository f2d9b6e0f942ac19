"""An executor that does at once what it is given, where nobody minds to wait."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class WaitingExecutor(Executor):
    """On the thread of whoever submits, who waits for it."""

    def submit(self, work: Callable[..., T], /, *args: Any, **named: Any) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **named))
        except Exception as error:  # noqa: BLE001 - as any executor does
            future.set_exception(error)
        return future
