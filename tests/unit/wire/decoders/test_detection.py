"""One object, written down as each kind of network writes it, is read as the same box."""

import numpy as np
import pytest
from lamplighter_wire.decoders.decoder import Decoder, Prior
from lamplighter_wire.decoders.detection import DECODERS, Picture, ssd_anchors
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.detection import CLASSES, DETECTION, OtherDetection
from lamplighter_wire.tasks.registry import task_reading
from lamplighter_wire.tasks.task import GoldenRun

WIDTH, HEIGHT = 64, 48
BOX = (20.0, 12.0, 44.0, 36.0)  # x1, y1, x2, y2 in pixels; centre 32, 24
CAR, PERSON = CLASSES.index("car"), CLASSES.index("person")
# The network's classes: background, person, a thing the city does not count, car.
CLASS_MAP = (-1, PERSON, -1, CAR)
CAR_SCORES = np.array([0.0, 0.1, 0.95, 0.8], np.float32)  # the uncounted thing is likelier
ONE = np.array([[*BOX, 0.8, CAR]], np.float32)
FRACTIONS = np.array(BOX, np.float32) / (WIDTH, HEIGHT, WIDTH, HEIGHT)


def logit(scores: np.ndarray) -> np.ndarray:
    return np.log(scores / (1 - scores))


def read(decoder: Decoder, outputs: dict[str, np.ndarray], least: float = 0.3) -> np.ndarray:
    return OtherDetection(decoder).boxes(outputs, WIDTH, HEIGHT, least)


def test_boxes_after_nms_are_taken_as_they_are() -> None:
    listed = {
        "boxes": np.array([[0, 0, 9, 9], BOX, [1, 1, 2, 2]], np.float32),
        "scores": np.array([0.1, 0.8, 0.9], np.float32),
        "classes": np.array([3, 3, 2]),  # too unsure, a car, an uncounted thing
    }
    decoder = Decoder(name="after-nms", class_map=CLASS_MAP, suppressed=True)
    assert read(decoder, listed) == pytest.approx(ONE)


def test_fractions_with_y_first_are_turned_into_pixels() -> None:
    listed = {
        "boxes": FRACTIONS[None][:, [1, 0, 3, 2]],
        "scores": np.array([0.8], np.float32),
        "classes": np.array([3.0], np.float32),
    }
    decoder = Decoder(name="after-nms", class_map=CLASS_MAP, box="yxyx", unit="fractions")
    assert read(decoder, listed) == pytest.approx(ONE, abs=1e-4)


def test_rows_of_detections_are_filled_up_with_nothing() -> None:
    rows = np.array([[*BOX, 0.8, 3], [0, 0, 0, 0, 0, 0], [5, 5, 9, 9, 0.7, 99]], np.float32)
    decoder = Decoder(name="detections", class_map=CLASS_MAP)
    assert read(decoder, {"detections": rows}) == pytest.approx(ONE)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("objectness", [False, True])
def test_a_yolo_tensor_is_read_either_way_round(turned: bool, objectness: bool) -> None:
    scores = CAR_SCORES / 0.9 if objectness else CAR_SCORES
    row = [32, 24, 24, 24, *([0.9] if objectness else []), *scores]
    empty = [0.0] * len(row)
    table = np.array([empty, row, [*row[:4], *(0.9 * np.array(row[4:]))], empty], np.float32)
    predictions = np.concatenate([table, np.zeros((20, len(row)), np.float32)])
    decoder = Decoder(name="yolo", class_map=CLASS_MAP, box="xywh", objectness=objectness)
    found = read(decoder, {"predictions": predictions.T if turned else predictions})
    assert found == pytest.approx(ONE, abs=1e-4)  # the weaker one of the same object is suppressed


def test_ssd_boxes_are_decoded_against_anchors() -> None:
    decoder = Decoder(
        name="ssd",
        class_map=CLASS_MAP,
        box="yxhw",
        activation="sigmoid",
        strides=(32, 64),
        priors=((Prior(0.25, 0.25),), (Prior(0.5, 1.0), Prior(1.0, 0.5))),
        variances=(0.1, 0.2),
    )
    anchors = ssd_anchors(decoder, Picture(WIDTH, HEIGHT))
    assert anchors.shape == (2 * 2 + 1 * 2, 4)
    assert anchors[0] == pytest.approx([16, 12, 16, 12])
    assert anchors[-2] == pytest.approx([32, 24, 32, 48])
    boxes = np.zeros((len(anchors), 4), np.float32)
    centre = (np.array([32, 24]) - anchors[3, :2]) / anchors[3, 2:] / 0.1
    size = np.log(np.array([24, 24]) / anchors[3, 2:]) / 0.2
    boxes[3] = [centre[1], centre[0], size[1], size[0]]
    scores = np.full((len(anchors), 4), -9.0, np.float32)
    scores[3] = logit(np.clip(CAR_SCORES, 1e-3, None))
    found = read(decoder, {"boxes": boxes, "scores": scores})
    assert found == pytest.approx(ONE, abs=1e-3)
    assert len(read(decoder, {"boxes": boxes, "scores": np.full_like(scores, -9)})) == 0


def test_softmax_weighs_the_background() -> None:
    decoder = Decoder(
        name="ssd",
        class_map=(-1, CAR),
        activation="softmax",
        strides=(64,),
        priors=((Prior(0.5, 0.5),),),
    )
    outputs = {"boxes": np.zeros((1, 4), np.float32), "scores": np.array([[3.0, 3.0]], np.float32)}
    assert read(decoder, outputs)[0, 4] == pytest.approx(0.5)


@pytest.mark.parametrize(("unit", "scale"), [("pixels", 1), ("strides", 16)])
def test_distances_reach_from_cells_to_sides(unit: str, scale: int) -> None:
    count = 4 * 3 + 2 * 2
    reach, scores = np.zeros((count, 4), np.float32), np.zeros((count, 4), np.float32)
    cell = 1 * 4 + 2  # second row, third column of the finer map: centre 40, 24
    reach[cell] = np.array([20, 12, 4, 12]) / scale
    scores[cell] = CAR_SCORES
    decoder = Decoder(name="distances", class_map=CLASS_MAP, strides=(16, 32), unit=unit)
    assert read(decoder, {"scores": scores, "distances": reach}) == pytest.approx(ONE)


def test_the_task_reads_and_compares_by_the_decoder() -> None:
    decoder = Decoder(name="detections", class_map=CLASS_MAP, suppressed=True)
    task = task_reading(DETECTION, decoder)
    assert (task.name, task.metric) == (DETECTION.name, DETECTION.metric)
    assert task.tensors.outputs == DECODERS["detections"].outputs
    outputs = {"detections": np.array([[*BOX, 0.8, 3]], np.float32)}
    assert task.decode(outputs, WIDTH, HEIGHT, {"": 0.5}) == pytest.approx(ONE)
    assert len(task.decode(outputs, WIDTH, HEIGHT, {"": 0.5, "car": 0.9})) == 0
    nothing = {"detections": np.zeros((0, 6), np.float32)}
    good, bad = (GoldenRun(ONE, found, WIDTH, HEIGHT) for found in (outputs, nothing))
    assert (task.golden_agreement([good]), task.golden_agreement([bad])) == (1.0, 0.0)


def test_a_decoder_of_a_newer_side_is_named() -> None:
    with pytest.raises(TaskError, match="'holograms'"):
        task_reading(DETECTION, Decoder(name="holograms"))
    assert task_reading(DETECTION, Decoder()) is DETECTION


OF_ANOTHER = {
    "anchors": (
        Decoder(name="ssd", class_map=CLASS_MAP, strides=(64,), priors=((Prior(0.5, 0.5),),)),
        {"boxes": np.zeros((9, 4), np.float32), "scores": np.ones((9, 4), np.float32)},
    ),
    "cells": (
        Decoder(name="distances", class_map=CLASS_MAP, strides=(16,)),
        {"distances": np.ones((99, 4), np.float32), "scores": np.ones((99, 4), np.float32)},
    ),
    "classes": (
        Decoder(name="yolo", class_map=(CAR,) * 9),
        {"predictions": np.ones((5, 7), np.float32)},
    ),
    "no class": (
        Decoder(name="yolo", class_map=(-1, -1)),
        {"predictions": np.ones((5, 6), np.float32)},
    ),
    "no stride": (
        Decoder(name="distances", class_map=CLASS_MAP, strides=(0,)),
        {"distances": np.ones((4, 4), np.float32), "scores": np.ones((4, 4), np.float32)},
    ),
    "an output": (Decoder(name="detections", class_map=CLASS_MAP), {"boxes": np.ones((4, 4))}),
}


@pytest.mark.parametrize("case", OF_ANOTHER)
def test_outputs_of_another_network_are_told_and_end_nothing(case: str) -> None:
    decoder, outputs = OF_ANOTHER[case]
    with pytest.raises(TaskError, match=f"'{decoder.name}' cannot read .*class_map"):
        read(decoder, outputs)


def test_a_class_that_the_task_lacks_is_refused_before_anything_is_read() -> None:
    with pytest.raises(TaskError, match=r"class_map names class 7, the last is 6"):
        task_reading(DETECTION, Decoder(name="yolo", class_map=(CAR, len(CLASSES))))
