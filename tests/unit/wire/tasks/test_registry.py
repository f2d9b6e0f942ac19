"""Tasks by name."""

import pytest
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import find_task, task_reading
from lamplighter_wire.tasks.task import Task


def test_detection_comes_along() -> None:
    task: Task = find_task("traffic")
    assert task is DETECTION
    assert (task.metric, task.tensors.outputs) == ("AP50", ("scores", "distances"))


def test_a_detector_s_task_may_have_a_name_of_its_own() -> None:
    task = find_task("detection:crossings")
    assert (task.name, task.axes) == ("detection:crossings", DETECTION.axes)
    read = task_reading(task, Decoder(name="detections"))
    assert (read.name, read.tensors.outputs) == ("detection:crossings", ("detections",))
    for name in ("detection", "detection:"):
        with pytest.raises(TaskError, match="not installed"):
            find_task(name)


def test_a_task_that_is_not_installed_is_named() -> None:
    with pytest.raises(TaskError, match="'parcels' is not installed"):
        find_task("parcels")
