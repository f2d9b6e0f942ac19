"""Jobs for tests of the workshop's processes."""

import os
import time
from collections.abc import Callable
from typing import Any

Progress = Callable[[float, str], None]


def double(progress: Progress, *, value: int) -> dict[str, int]:
    print("a library talks")  # noqa: T201 - as libraries do
    progress(0.5, "half")
    return {"value": 2 * value}


def pid(progress: Progress) -> int:
    return os.getpid()


def sleep(progress: Progress, *, seconds: float) -> None:
    progress(0.0, "sleeping")
    time.sleep(seconds)


def fail(progress: Progress) -> Any:
    raise ValueError("no such street")


def hoard(progress: Progress, *, size_bytes: int) -> int:
    return len(bytearray(size_bytes))
