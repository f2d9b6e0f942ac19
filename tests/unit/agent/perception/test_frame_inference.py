"""From a frame to an answer."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.errors import EngineError
from lamplighter_agent.perception.frame_inference import infer_frame
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.tasks.detection import DETECTION


def test_boxes_come_in_camera_pixels_above_their_thresholds():
    frame = frame_of(np.zeros((480, 640, 3), np.uint8))
    boxes = np.array([[0.2, 0.2, 0.4, 0.6, 0.9, 0], [0.6, 0.5, 0.7, 0.9, 0.4, 6]], np.float32)
    engine = FakeEngine(boxes)
    point = OperatingPoint(width=256, height=192)
    result = infer_frame(DETECTION, engine, frame, point, {"": 0.3, "person": 0.5})
    assert result.answer[:, :4] == pytest.approx(np.array([[128, 96, 256, 288]]), abs=0.1)
    assert result.latency_ms > 0
    lower = infer_frame(DETECTION, engine, frame, OperatingPoint(), {"": 0.3})
    assert lower.answer[:, 5].tolist() == [0, 6]
    assert DETECTION.agreement(result.answer, lower.answer) == pytest.approx(2 / 3)


def test_a_point_may_let_fewer_boxes_overlap():
    frame = frame_of(np.zeros((480, 640, 3), np.uint8))
    # Of the same size, a third of it apart: they overlap by half.
    boxes = np.array([[0.2, 0.2, 0.5, 0.6, 0.9, 0], [0.3, 0.2, 0.6, 0.6, 0.8, 0]], np.float32)
    point, engine = OperatingPoint(width=256, height=192), FakeEngine(boxes)
    assert len(infer_frame(DETECTION, engine, frame, point, {"": 0.3}).answer) == 2
    apart = OperatingPoint(width=256, height=192, most_overlap=0.35)
    [box] = infer_frame(DETECTION, engine, frame, apart, {"": 0.3}).answer
    assert box[4] == pytest.approx(0.9)


def test_answers_that_cannot_be_read_fail_like_an_engine():
    """Whoever serves goes on with the next frame."""
    task = DETECTION.reading(Decoder(name="distances", class_map=(0,) * 7, strides=(8,)))
    frame, point = frame_of(np.zeros((64, 64, 3), np.uint8)), OperatingPoint(width=64, height=64)
    engine = FakeEngine(np.array([[0.2, 0.2, 0.4, 0.6, 0.9, 0]], np.float32))
    with pytest.raises(EngineError, match="'distances' cannot read"):
        infer_frame(task, engine, frame, point, {"": 0.3})
