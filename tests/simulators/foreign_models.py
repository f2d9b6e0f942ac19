"""Tiny networks of other makes, and labelled pictures that they can be right about."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT = 64, 48
STRIDE = 8
BRIGHT = 200  # levels from which a cell is an object


def yolo_graph(path: Path, *, classes: int = 3, opset: int = 17, spared: bool = False) -> Path:
    """An ONNX graph that calls every bright cell a car: float [1, 3, 48, 64] in 0..1 to one tensor
    [1, 4 + classes, cells], the car being the last class.

    `spared`: with a second convolution, of crops of which no picture has any.
    """
    cells = (WIDTH // STRIDE) * (HEIGHT // STRIDE)
    y, x = np.mgrid[0 : HEIGHT // STRIDE, 0 : WIDTH // STRIDE]
    boxes = np.stack([(x + 0.5) * STRIDE, (y + 0.5) * STRIDE]).reshape(2, -1)
    sides = np.full((2, cells), STRIDE * 2.0)
    kernel = np.full((1, 3, STRIDE, STRIDE), 20 / (3 * STRIDE**2), np.float32)
    constants = {
        "kernel": kernel,
        "bias": np.array([-20 * BRIGHT / 255], np.float32),
        "flat": np.array([1, 1, cells], np.int64),
        "boxes": np.concatenate([boxes, sides])[None].astype(np.float32),
        "others": np.zeros((1, classes - 1, cells), np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "kernel", "bias"], ["map"], strides=[STRIDE, STRIDE]),
        helper.make_node("Reshape", ["map", "flat"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["cars"]),
        helper.make_node("Concat", ["boxes", "others", "cars"], ["output0"], axis=1),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    out = helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 4 + classes, cells])
    if spared:
        constants |= {"none": np.array([0], np.int64), "batch": np.array([0], np.int64)}
        nodes[-1].output[0] = "found"
        nodes += [
            helper.make_node("Slice", ["x", "none", "none", "batch"], ["crops"]),
            helper.make_node("Conv", ["crops", "kernel", "bias"], ["kept"]),
            helper.make_node("ReduceSum", ["kept"], ["nothing"], keepdims=0),
            helper.make_node("Add", ["found", "nothing"], ["output0"]),
        ]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "yolo", [given], [out], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, str(path))
    return path


class Brightness(torch.nn.Module):
    """Dark or bright: two logits of a picture [N, 3, H, W] with levels around zero."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = torch.nn.Conv2d(3, 2, 4, 4)
        self.mean.weight.data = torch.stack(
            [torch.full((3, 4, 4), -0.1), torch.full((3, 4, 4), 0.1)]
        )
        self.mean.bias.data.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.mean(x)).mean((2, 3))


def brightness() -> torch.nn.Module:
    """As a factory gives it."""
    return Brightness()


class BrightBoxes(torch.nn.Module):
    """Rows [n, 6] of every bright cell of a picture [1, 3, H, W] in 0..1, all cars: as a network
    gives them that suppresses by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = torch.nn.Conv2d(3, 1, STRIDE, STRIDE)
        self.mean.weight.data.fill_(1 / (3 * STRIDE**2))
        self.mean.bias.data.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cells = self.mean(x)[0, 0]
        y, x = torch.where(cells > BRIGHT / 255)
        corner = torch.stack([x, y], 1) * float(STRIDE) - STRIDE / 2
        score = cells[y, x][:, None].clamp(0, 1)
        return torch.cat([corner, corner + 2 * STRIDE, score, torch.zeros_like(score)], 1)


def bright_boxes() -> torch.nn.Module:
    """As a factory gives it."""
    return BrightBoxes()


def light_folders(folder: Path, each: int = 8) -> Path:
    """Dark and bright pictures, a folder for each class."""
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("bright", 150)):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            picture = rng.integers(low, low + 90, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.jpg"), picture)
    return folder


def colour_folders(folder: Path, each: int = 4) -> Path:
    """Red, green and blue pictures, a folder for each class."""
    rng = np.random.default_rng(2)
    for channel, name in enumerate(("blue", "green", "red")):  # as OpenCV orders them
        (folder / name).mkdir(parents=True)
        for number in range(each):
            picture = rng.integers(0, 60, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            picture[..., channel] += 150
            cv2.imwrite(str(folder / name / f"{number}.png"), picture)
    return folder


def fixed_graph(path: Path, **outputs: np.ndarray) -> Path:
    """An ONNX graph of float [1, 3, 48, 64] that gives the same for every picture, all in its `If`:
    the condition reads the picture, as exports with suppression in them have it."""
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    bodies = []
    for branch in ("then", "else"):
        infos = [_value(f"{branch}_{name}", value) for name, value in outputs.items()]
        nodes = [
            helper.make_node("Sub", ["images", "images"], [f"{branch}_zeros"]),
            helper.make_node("ReduceSum", [f"{branch}_zeros"], [f"{branch}_zero"], keepdims=0),
        ]
        for name, value in outputs.items():
            tensor = numpy_helper.from_array(value, f"{branch}_{name}_value")
            nodes += [
                helper.make_node("Constant", [], [f"{branch}_{name}_c"], value=tensor),
                helper.make_node(
                    "Cast",
                    [f"{branch}_zero"],
                    [f"{branch}_{name}_zero"],
                    to=helper.np_dtype_to_tensor_dtype(value.dtype),
                ),
                helper.make_node(
                    "Add", [f"{branch}_{name}_c", f"{branch}_{name}_zero"], [f"{branch}_{name}"]
                ),
            ]
        bodies.append(helper.make_graph(nodes, branch, [], infos))
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0),
        helper.make_node("Greater", ["brightest", "half"], ["is_bright"]),
        helper.make_node(
            "If", ["is_bright"], list(outputs), then_branch=bodies[0], else_branch=bodies[1]
        ),
    ]
    half = numpy_helper.from_array(np.float32(0.5), "half")
    infos = [_value(name, value) for name, value in outputs.items()]
    graph = helper.make_graph(nodes, "fixed", [given], infos, [half])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


def _value(name: str, value: np.ndarray) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(value.dtype)
    return helper.make_tensor_value_info(name, kind, value.shape)


def cvat_folder(folder: Path, count: int = 9) -> Path:
    """A COCO export as CVAT writes it: pictures below `images`, folders in names, ids with gaps."""
    rng = np.random.default_rng(1)
    images, notes = [], []
    for number in range(count):
        picture = rng.integers(0, 60, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        name = f"day {number % 2}/frame_{number:03d}.png"
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        key = 100 + 7 * number
        images.append({"id": key, "file_name": name.replace(" ", "%20")})
        if number:  # the first picture is empty
            x, y = int(rng.integers(5)) * STRIDE + 8, int(rng.integers(3)) * STRIDE + 8
            picture[y : y + STRIDE, x : x + STRIDE] = 255
            box = [x - STRIDE / 2, y - STRIDE / 2, STRIDE * 2, STRIDE * 2]
            notes.append({"id": key, "image_id": key, "category_id": 12, "bbox": box})
        cv2.imwrite(str(path), picture)
    kinds = [{"id": 12, "name": "Taxi"}, {"id": 40, "name": "Tree"}]
    labels = folder / "annotations" / "instances_default.json"
    labels.parent.mkdir(parents=True)
    labels.write_text(json.dumps({"images": images, "annotations": notes, "categories": kinds}))
    return folder


def importable(folder: Path, name: str, function: str = "brightness") -> str:
    """A module of this name in a folder, as a user's own factory stands in one."""
    (folder / f"{name}.py").write_text(f"from tests.simulators.foreign_models import {function}\n")
    sys.path.insert(0, str(folder))
    return f"{name}:{function}"
