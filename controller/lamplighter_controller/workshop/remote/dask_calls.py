"""Calls of `dask_worker` for a cluster whose scheduler has nothing of ours.

A scheduler unpickles what it passes on. What no module holds by name is pickled by value.
"""

import importlib
from collections.abc import Callable
from typing import Any

WORKER = "lamplighter_controller.workshop.remote.dask_worker"


def task(name: str) -> Callable[[bytes], Any]:
    """A function of `dask_worker` as a task."""

    def call(value: bytes) -> Any:
        return getattr(importlib.import_module(WORKER), name)(value)

    return call


def errand(name: str) -> Callable[[Any, Any], Any]:
    """One that is done beside tasks, on the event loop of the worker it is given."""

    def call(value: Any, dask_worker: Any) -> Any:
        return getattr(importlib.import_module(WORKER), name)(value, dask_worker)

    return call
