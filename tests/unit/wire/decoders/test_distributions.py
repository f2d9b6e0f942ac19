"""Cells that say logits and distributions: decoded as a graph would, but only where it matters."""

import numpy as np
import pytest
from lamplighter_wire.decoders.decoder import DISTRIBUTIONS, Decoder, is_foreign
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.detection import CLASSES, DETECTION, STRIDES, decode

WIDTH, HEIGHT, BINS = 96, 64, 11
CELLS = sum((WIDTH // s) * (HEIGHT // s) for s in STRIDES)
DECODER = Decoder(
    name=DISTRIBUTIONS,
    class_map=tuple(range(len(CLASSES))),
    strides=STRIDES,
    unit="strides",
    activation="sigmoid",
)
TASK = DETECTION.reading(DECODER)


def cells(seed: int = 0, lean: float = -2.0) -> np.ndarray:
    """Rows of noise; `lean` is added to the logits of classes."""
    table = np.random.default_rng(seed).normal(0, 2, (CELLS, len(CLASSES) + 4 * BINS))
    table[:, : len(CLASSES)] += lean
    return table.astype(np.float32)


def decoded(table: np.ndarray, least: float) -> np.ndarray:
    """As it is done in a graph: for all cells."""
    logits, sides = table[:, : len(CLASSES)], table[:, len(CLASSES) :].reshape(CELLS, 4, BINS)
    shares = np.exp(sides) / np.exp(sides).sum(-1, keepdims=True)
    counts = [(WIDTH // s) * (HEIGHT // s) for s in STRIDES]
    reach = (shares * np.arange(BINS)).sum(-1) * np.repeat(STRIDES, counts)[:, None]
    return decode(1 / (1 + np.exp(-logits)), reach, WIDTH, HEIGHT, least)


@pytest.mark.parametrize("least", [0.01, 0.35, 0.9])
@pytest.mark.parametrize("turned", [False, True])
def test_rows_and_columns_give_the_boxes_of_a_graph_that_decodes(
    turned: bool, least: float
) -> None:
    table = cells()
    boxes = TASK.boxes({"cells": table.T if turned else table}, WIDTH, HEIGHT, least)
    expected = decoded(table, least)
    assert len(expected) > 3
    np.testing.assert_allclose(boxes, expected, atol=1e-3)


def test_where_nothing_is_there_are_no_boxes() -> None:
    boxes = TASK.boxes({"cells": cells(lean=-50.0)}, WIDTH, HEIGHT, 0.05)
    assert boxes.shape == (0, 6)


def test_a_threshold_counts_for_a_score_that_is_exactly_it() -> None:
    table = cells(lean=-50.0)
    table[5, 2] = 0.0
    assert len(TASK.boxes({"cells": table}, WIDTH, HEIGHT, 0.5)) == 1


def test_scores_that_are_activated_already_are_taken_as_they_are() -> None:
    table = cells()
    expected = TASK.boxes({"cells": table}, WIDTH, HEIGHT, 0.3)
    table[:, : len(CLASSES)] = 1 / (1 + np.exp(-table[:, : len(CLASSES)]))
    plain = DETECTION.reading(
        Decoder(name=DISTRIBUTIONS, class_map=DECODER.class_map, strides=STRIDES, unit="strides")
    )
    boxes = plain.boxes({"cells": table}, WIDTH, HEIGHT, 0.3)
    np.testing.assert_allclose(boxes, expected, atol=1e-4)


def test_a_network_of_another_size_is_told() -> None:
    with pytest.raises(TaskError, match="distributions"):
        TASK.boxes({"cells": cells()}, 2 * WIDTH, HEIGHT, 0.05)


def test_our_own_networks_are_not_foreign() -> None:
    assert not is_foreign(DECODER)
    assert not is_foreign(Decoder())
    assert is_foreign(Decoder(name="ssd"))
