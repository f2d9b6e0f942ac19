"""Ending tasks that do not always hear the first time that they shall end."""

import asyncio
from collections.abc import Iterable
from typing import Any

CANCEL_AGAIN_S = 1.0


async def cancel_all(tasks: "Iterable[asyncio.Task[Any]]", again_s: float = CANCEL_AGAIN_S) -> None:
    """Cancel until all have ended: `asyncio.wait_for` of Python 3.11 loses a cancellation that
    comes at the moment in which what it waits for is there."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=again_s)


async def run_together(*tasks: "asyncio.Task[Any]", again_s: float = CANCEL_AGAIN_S / 10) -> None:
    """Until the first of them ends; the others are ended with it.

    A task group cancels its tasks once, and waits for ever for one that has not heard it.

    Raises:
        Exception: what the first one that failed raises.
    """
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_all(tasks, again_s)
    failures = [task.exception() for task in tasks if not task.cancelled()]
    for failure in filter(None, failures):
        raise failure
