"""From a frame to boxes in camera pixels."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.perception.detecting import agreement, class_thresholds, detect
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_wire.messages import OperatingPoint


def test_detections_come_in_camera_pixels_above_their_thresholds():
    frame = frame_of(np.zeros((480, 640, 3), np.uint8))
    boxes = np.array([[0.2, 0.2, 0.4, 0.6, 0.9, 0], [0.6, 0.5, 0.7, 0.9, 0.4, 6]], np.float32)
    engine = FakeEngine(boxes)
    point = OperatingPoint(width=256, height=192)
    found = detect(engine, frame, point, {"": 0.3, "person": 0.5})
    assert found.boxes[:, :4] == pytest.approx(np.array([[128, 96, 256, 288]]), abs=0.1)
    assert found.latency_ms > 0
    lower = detect(engine, frame, OperatingPoint(), {"": 0.3})
    assert lower.boxes[:, 5].tolist() == [0, 6]
    assert agreement(found.boxes, lower.boxes) == pytest.approx(2 / 3)


def test_thresholds_fall_back_to_the_default():
    assert class_thresholds({"car": 0.6, "": 0.2}).tolist() == pytest.approx([0.6, *[0.2] * 6])
    assert class_thresholds({}).min() == pytest.approx(0.35)
