"""Jobs for tests of what does the workshop's jobs."""

import os
import time
from collections.abc import Callable
from pathlib import Path
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


def wait_for(progress: Progress, *, path: str) -> None:
    """Until a file is there."""
    progress(0.0, "waiting")
    while not Path(path).exists():
        time.sleep(0.02)


def fail(progress: Progress) -> Any:
    raise ValueError("no such street")


def hoard(progress: Progress, *, size_bytes: int) -> int:
    return len(bytearray(size_bytes))


def picture(progress: Progress, *, size_bytes: int) -> dict[str, bytes]:
    return {"raw": bytes(range(256)) * (size_bytes // 256)}


def copy(progress: Progress, *, materials: dict[str, str], source: str, target: str) -> str:
    """Copy a file of the weights into the cache; returns what it held."""
    text = (Path(materials["weights_dir"]) / source).read_text()
    path = Path(materials["cache_dir"]) / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return text


def read_cache(progress: Progress, *, materials: dict[str, str], name: str) -> str:
    return (Path(materials["cache_dir"]) / name).read_text()
