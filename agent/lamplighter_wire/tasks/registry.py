"""The tasks that are installed here, by name.

Detection comes along; others are named by entry points of their distributions (group
`lamplighter.tasks`), each an object that fits `Task`. None is imported before it is asked for.
"""

import sys
from functools import lru_cache

from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.task import Task

GROUP = "lamplighter.tasks"


def find_task(name: str) -> Task:
    """A task by the name that manifests give it.

    Raises:
        TaskError: it is not installed here.
    """
    task = DETECTION if name == DETECTION.name else _of_others(name, tuple(sys.path))
    if task is None:
        remedy = "install the package it comes with"
        raise TaskError(f"the task {name!r} is not installed here: {remedy}")
    return task


@lru_cache(maxsize=64)
def _of_others(name: str, _path: tuple[str, ...]) -> Task | None:
    """By the places that modules come from: looking through them takes milliseconds, and a device
    may name any task."""
    from importlib.metadata import entry_points  # only who has other tasks pays for it

    for entry in entry_points(group=GROUP, name=name):
        task: Task = entry.load()
        return task
    return None
