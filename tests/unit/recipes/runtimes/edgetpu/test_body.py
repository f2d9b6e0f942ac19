"""A model in two parts."""

from pathlib import Path

import pytest
from lamplighter_recipes.runtimes.edgetpu.body import cut
from lamplighter_recipes.runtimes.litert.flatbuffer import read_model

pytest.importorskip("ai_edge_litert")
MODEL = Path(__file__).parents[4] / "data" / "litert-relu" / "model-96x64.tflite"


def test_weights_that_are_views_of_a_file_are_cut_as_well() -> None:
    """So the weights of a network of the usual size come; views cannot be copied."""
    model = read_model(MODEL)
    for buffer in model.buffers:
        if buffer.data is not None:
            buffer.data = memoryview(bytes(buffer.data))
    body, decoding = cut(model)
    sizes = [
        sum(len(buffer.data) for buffer in part.buffers if buffer.data is not None)
        for part in (model, body, decoding)
    ]
    assert 0.9 * sizes[0] < sizes[1] < sizes[0]
    assert 0 < sizes[2] < 0.1 * sizes[0]
