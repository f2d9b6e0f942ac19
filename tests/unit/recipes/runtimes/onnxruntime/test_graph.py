"""Counts over a graph."""

from pathlib import Path

import onnx
import pytest
from lamplighter_recipes.runtimes.onnxruntime.graph import count_work

pytestmark = pytest.mark.torch


def test_work_grows_with_the_area(graph: Path) -> None:
    model = onnx.load(graph)
    small, large = count_work(model, "128x96"), count_work(model, "256x192")
    assert large.mmac == pytest.approx(4 * small.mmac, rel=0.01)
    assert small.depthwise_mmac == 0
    assert large.bytes_moved > small.bytes_moved
