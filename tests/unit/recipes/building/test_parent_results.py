"""What a parent finds, kept."""

import numpy as np
import pytest
from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.identity import Materials

pytestmark = pytest.mark.torch


def test_what_a_parent_finds_is_kept_whole(folders: Materials) -> None:
    parent = prepared("nanodet-p50", folders.weights_dir, folders.cache_dir)
    frames = load_frames(folders.evaluation_dir)
    infer = open_infer(parent.graph, parent.tensors)
    found = frame_results(parent.evaluator, infer, frames, "128x96")
    for _ in range(2):  # run, then read
        kept = parent_results(parent, frames, "128x96")
        for ours, theirs in zip(kept, found, strict=True):
            np.testing.assert_array_equal(ours.scores, theirs.scores)
            np.testing.assert_array_equal(ours.hits, theirs.hits)
            assert ours.truths == theirs.truths
    assert len(list(parent.folder.glob("matches-*-128x96-*.npz"))) == 1
