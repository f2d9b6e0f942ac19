"""What is decoded from a network's cells is what its graph would decode, in every runtime."""

from pathlib import Path

import numpy as np
import pytest
import torch
from lamplighter_recipes.preparing.model_family import ExportsOtherwise, find_family
from lamplighter_recipes.recipe.runtime_facts import is_installed, runtime_facts
from lamplighter_recipes.runtimes.runtime import Ranges, find_runtime
from lamplighter_recipes.tasks.detection.evaluator import DetectionEvaluator
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import DETECTION, TENSORS, Detection

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import tiny_of

pytestmark = pytest.mark.torch
SIZE = "96x64"
IMAGES = random_images(2, *parse_size(SIZE)).numpy()
LEAST = 0.3
# Quantizers that measure by themselves see other outputs, and choose some scales otherwise.
ROOM = {"onnxruntime": 1e-3, "litert": 1e-3, "openvino": 3.0}
RUNTIMES = [name for name in ROOM if is_installed(name)]


def _family() -> ExportsOtherwise:
    family = find_family("nanodet")
    assert isinstance(family, ExportsOtherwise)
    return family


def _task() -> Detection:
    evaluator = find_family("nanodet").evaluator
    assert isinstance(evaluator, DetectionEvaluator)
    return evaluator.task


def _quantize(runtime: str, source: Path, target: Path, ranges: Ranges) -> None:
    if runtime == "litert":
        from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact

        quantize_artifact(source, target, ranges)
    else:
        from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph

        quantize_graph(source, target, ranges, "u8")


def _boxes(runtime: str, artifact: Path, task: Detection) -> list[np.ndarray]:
    infer = find_runtime(runtime).open(artifact, task.tensors)
    outputs = [infer(image[None]) for image in IMAGES]
    singles = [{name: values[0] for name, values in given.items()} for given in outputs]
    assert all(values.dtype == np.float32 for values in singles[0].values())
    return [task.boxes(single, *parse_size(SIZE), LEAST) for single in singles]


def _alike(ours: list[np.ndarray], theirs: list[np.ndarray], room: float) -> None:
    assert sum(map(len, theirs)) > 3
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=room)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_both_ways_find_the_same_boxes(runtime: str, tmp_path: Path) -> None:
    detector = tiny_of("nanodet-relu").eval()
    last = runtime_facts(runtime).channels_last
    networks = {
        "graph": (detector, DETECTION),
        "cells": (_family().exported(detector, channels_last=last), _task()),
    }
    code = find_runtime(runtime)
    floats, small = {}, {}
    for name, (network, task) in networks.items():
        artifact, target = tmp_path / f"{name}-float", tmp_path / f"{name}-int8"
        code.export(network, artifact, task.tensors, [SIZE])
        floats[name] = _boxes(runtime, artifact, task)
        if runtime == "openvino":  # its quantizer is tried on a real network: it takes seconds
            continue
        shown = [image[None] for image in IMAGES]
        _quantize(runtime, artifact, target, code.measure_ranges(artifact, task.tensors, shown))
        small[name] = _boxes(runtime, target, task)
    if runtime == "litert":  # what an Edge TPU's body is made of: it leaves cells to the processor
        from lamplighter_recipes.runtimes.edgetpu.quantization import quantize_artifact

        artifact = tmp_path / "cells-float"
        ranges = code.measure_ranges(artifact, _task().tensors, [image[None] for image in IMAGES])
        quantize_artifact(artifact, tmp_path / "edgetpu", ranges)
        assert sum(map(len, _boxes("edgetpu", tmp_path / "edgetpu", _task()))) > 3
    _alike(floats["cells"], floats["graph"], 1e-3)
    if small:
        _alike(small["cells"], small["graph"], ROOM[runtime])


def test_names_of_layers_are_those_that_ranges_were_measured_by(tmp_path: Path) -> None:
    """Ranges lie beside the weights by the names of the graph's tensors."""
    import onnx
    from lamplighter_recipes.runtimes.onnxruntime.quantization import quantizable_tensors

    detector = tiny_of("nanodet").eval()
    code, names = find_runtime("onnxruntime"), []
    both = (
        (detector, TENSORS),
        (_family().exported(detector, channels_last=False), _task().tensors),
    )
    for number, (network, tensors) in enumerate(both):
        path = tmp_path / f"{number}.onnx"
        assert isinstance(network, torch.nn.Module)
        code.export(network, path, tensors, [SIZE])
        names.append(quantizable_tensors(onnx.load(path).graph))
    assert names[0] == names[1]
