"""Tasks by name."""

import pytest
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import find_task
from lamplighter_wire.tasks.task import Task


def test_detection_comes_along() -> None:
    task: Task = find_task("traffic")
    assert task is DETECTION
    assert (task.metric, task.tensors.outputs) == ("AP50", ("scores", "distances"))


def test_a_task_that_is_not_installed_is_named() -> None:
    with pytest.raises(TaskError, match="'parcels' is not installed"):
        find_task("parcels")
