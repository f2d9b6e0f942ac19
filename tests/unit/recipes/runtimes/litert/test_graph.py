"""What is told of a graph of LiteRT by its operators."""

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ai_edge_litert")
from lamplighter_recipes.runtimes.litert.graph import CONV_2D, FULLY_CONNECTED, tail_operators

MEAN, SOFTMAX = 40, 25


def chain(*codes: int) -> Any:
    """A model of operators, each reading what the one before it gives."""
    operators = [
        SimpleNamespace(opcodeIndex=place, inputs=[place], outputs=[place + 1])
        for place in range(len(codes))
    ]
    return SimpleNamespace(
        subgraphs=[SimpleNamespace(operators=operators)],
        operatorCodes=[SimpleNamespace(builtinCode=code) for code in codes],
    )


def test_a_classifier_s_matrix_is_no_part_of_its_decoding() -> None:
    model = chain(CONV_2D, MEAN, FULLY_CONNECTED, SOFTMAX)
    (graph,) = model.subgraphs
    assert tail_operators(model) == graph.operators[3:]


def test_what_follows_the_last_convolution_decodes() -> None:
    model = chain(CONV_2D, CONV_2D, SOFTMAX, MEAN)
    (graph,) = model.subgraphs
    assert tail_operators(model) == graph.operators[:1:-1]
