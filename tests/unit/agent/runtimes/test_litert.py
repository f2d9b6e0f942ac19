"""The engine over LiteRT, where it differs from others: a model for each size."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.litert import LiteRt, LiteRtEngine
from lamplighter_wire.tasks.detection import TENSORS, anchor_centres

pytestmark = pytest.mark.skipif(not LiteRt().version(), reason="ai-edge-litert is not installed")
MODELS = Path(__file__).parents[3] / "data/litert"


def test_sizes_take_turns_and_one_that_is_not_there_is_named() -> None:
    engine = LiteRtEngine(MODELS, TENSORS)
    for width, height in ((64, 64), (96, 64), (64, 64)):
        images = np.zeros((1, height, width, 3), np.uint8)
        assert engine.infer(images)["scores"].shape[1] == len(anchor_centres(width, height))
    with pytest.raises(EngineError, match="128x96, but for 64x64, 96x64"):
        engine.infer(np.zeros((1, 96, 128, 3), np.uint8))
