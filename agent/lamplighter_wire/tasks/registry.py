"""The tasks that are installed here, by name.

Detection and classification come along; others are named by entry points of their distributions
(group `lamplighter.tasks`), each an object that fits `Task`. None is imported before it is asked
for.
"""

import sys
from functools import lru_cache
from typing import Protocol, runtime_checkable

from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.classification import classification_named
from lamplighter_wire.tasks.detection import detection_named
from lamplighter_wire.tasks.task import Task

GROUP = "lamplighter.tasks"


def find_task(name: str) -> Task:
    """A task by the name that manifests give it.

    Raises:
        TaskError: it is not installed here.
    """
    own: Task | None = detection_named(name) or classification_named(name)
    task = own or _of_others(name, tuple(sys.path))
    if task is None:
        remedy = "install the package it comes with"
        raise TaskError(f"the task {name!r} is not installed here: {remedy}")
    return task


@runtime_checkable
class ReadsOthers(Protocol):
    """What a task has, too, that takes networks with other outputs than its own."""

    def reading(self, decoder: Decoder) -> Task:
        """The same task for a network whose outputs are read by a decoder.

        Raises:
            TaskError: there is none of its name.
        """


def task_reading(task: Task, decoder: Decoder) -> Task:
    """The task as a network's outputs are read: its own, or by a decoder.

    Raises:
        TaskError: the task has no such decoder.
    """
    if not decoder.name:
        return task
    if not isinstance(task, ReadsOthers):
        raise TaskError(f"the task {task.name!r} takes only networks of its own, no decoders")
    return task.reading(decoder)


@lru_cache(maxsize=64)
def _of_others(name: str, _path: tuple[str, ...]) -> Task | None:
    """By the places that modules come from: looking through them takes milliseconds, and a device
    may name any task."""
    from importlib.metadata import entry_points  # only who has other tasks pays for it

    for entry in entry_points(group=GROUP, name=name):
        task: Task = entry.load()
        return task
    return None
