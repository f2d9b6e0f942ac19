"""Futures of variants from those of jobs."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def converted(source: "Future[Any]", convert: Callable[[Any], T]) -> "Future[T]":
    """What a job's result is made into, on the thread that ends the job."""
    target: Future[T] = Future()
    target.set_running_or_notify_cancel()

    def finish(done: "Future[Any]") -> None:
        try:
            target.set_result(convert(done.result()))
        except BaseException as error:  # noqa: BLE001 - handed to the future
            target.set_exception(error)

    source.add_done_callback(finish)
    return target


def done_with(value: T) -> "Future[T]":
    """A future that has its result."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


def failed_with(error: Exception) -> "Future[Any]":
    """A future that has failed."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
