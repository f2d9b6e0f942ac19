"""From a network's outputs to boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_wire.tasks.detection import (
    STRIDES,
    anchor_centres,
    class_thresholds,
    decode,
    iou_matrix,
    nms,
)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_nms_leaves_no_overlapping_pair_and_keeps_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (25, 2))
    columns = [corner, corner + rng.uniform(5, 40, (25, 2)), rng.random((25, 1)), np.zeros((25, 1))]
    boxes = np.hstack(columns).astype(np.float32)
    kept = nms(boxes)
    overlaps = iou_matrix(kept, kept) - np.eye(len(kept))
    assert overlaps.max(initial=0) <= 0.6 + 1e-6
    assert kept[0, 4] == boxes[:, 4].max()


def test_decode_inverts_the_distances_of_a_box() -> None:
    centres = anchor_centres(256, 192)
    assert len(centres) == sum(256 // s * (192 // s) for s in STRIDES)
    box = np.array([40, 30, 90, 70], np.float32)
    cell = int(np.abs(centres - [65, 50]).sum(1).argmin())
    scores = np.zeros((len(centres), 7), np.float32)
    scores[cell, 3] = 0.8
    distances = np.zeros((len(centres), 4), np.float32)
    distances[cell] = [*(centres[cell] - box[:2]), *(box[2:] - centres[cell])]
    (found,) = decode(scores, distances, 256, 192)
    np.testing.assert_allclose(found, [40, 30, 90, 70, 0.8, 3], rtol=1e-5)


def test_thresholds_fall_back_to_the_default() -> None:
    assert class_thresholds({"car": 0.6, "": 0.2}).tolist() == pytest.approx([0.6, *[0.2] * 6])
    assert class_thresholds({}).min() == pytest.approx(0.35)
