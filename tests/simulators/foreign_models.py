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


def yolo_graph(path: Path, *, classes: int = 3, opset: int = 17) -> Path:
    """An ONNX graph that calls every bright cell a car: float [1, 3, 48, 64] in 0..1 to one tensor
    [1, 4 + classes, cells], the car being the last class."""
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


def light_folders(folder: Path, each: int = 8) -> Path:
    """Dark and bright pictures, a folder for each class."""
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("bright", 150)):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            picture = rng.integers(low, low + 90, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.jpg"), picture)
    return folder


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


def importable(folder: Path, name: str) -> str:
    """A module of this name in a folder, as a user's own factory stands in one."""
    (folder / f"{name}.py").write_text("from tests.simulators.foreign_models import brightness\n")
    sys.path.insert(0, str(folder))
    return f"{name}:brightness"
