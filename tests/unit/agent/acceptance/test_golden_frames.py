"""Whether a device reproduces what the manifest promises."""

import cv2
import numpy as np
import pytest
from lamplighter_agent.acceptance.golden_frames import golden_agreement
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_wire.artifacts.manifest import GoldenFrame, Manifest
from lamplighter_wire.tasks.detection import DETECTION

BOXES = np.array([[0.25, 0.25, 0.5, 0.5, 0.9, 0], [0.6, 0.6, 0.9, 0.9, 0.8, 3]], np.float32)


def golden(boxes: np.ndarray) -> Manifest:
    scaled = boxes * np.array([256, 192, 256, 192, 1, 1], np.float32)
    frame = GoldenFrame(image="a" * 64, width=256, height=192, boxes=scaled.tolist())
    return Manifest(golden=[frame])


def picture() -> bytes:
    return bytes(cv2.imencode(".jpg", np.zeros((192, 256, 3), np.uint8))[1])


def test_golden_frames_tell_a_sound_runtime_from_a_broken_one() -> None:
    jpeg = picture()
    sound, broken = FakeEngine(BOXES), FakeEngine(BOXES[:1] + np.float32([0.3, 0, 0.3, 0, 0, 0]))

    def agreement(engine: FakeEngine, manifest: Manifest) -> float:
        return golden_agreement(DETECTION, engine.infer, manifest, lambda _: jpeg)

    assert agreement(sound, golden(BOXES)) == pytest.approx(1.0)
    assert agreement(broken, golden(BOXES)) < 0.5
    assert agreement(sound, Manifest()) == -1.0
