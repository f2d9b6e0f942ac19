"""The tasks that are installed here, by name.

Detection comes along; others are named by entry points of their distributions (group
`lamplighter.tasks`), each an object that fits `Task`. None is imported before it is asked for.
"""

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
    return DETECTION if name == DETECTION.name else _of_others(name)


@lru_cache(maxsize=16)
def _of_others(name: str) -> Task:
    from importlib.metadata import entry_points  # only who has other tasks pays for it

    for entry in entry_points(group=GROUP, name=name):
        task: Task = entry.load()
        return task
    raise TaskError(f"the task {name!r} is not installed here: install the package it comes with")
