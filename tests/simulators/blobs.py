"""A street of one bright thing, and a network that finds it: boxes that are known beforehand."""

from pathlib import Path

import av
import numpy as np
import onnx
from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from onnx import TensorProto, helper, numpy_helper

OUTPUTS = len(CLASSES) + 4
FINEST = STRIDES[0]
# What a score is judged by: mean brightness of twice a cell, in both directions.
WINDOW = 2 * FINEST
BRIGHT, STEEPNESS, NEVER = 0.7, 60.0, -20.0
REACH_PX = 20.0  # of a box around its centre: those of neighbours are suppressed
CLIP_FPS, CLIP_SIZE, BLOB_PX = 10, (256, 192), 32
TOP = 72  # so that it fills the window of one row of cells, at half the size


def blob_detector(path: Path, work: int = 0) -> None:
    """Cars where it is bright; `work` adds that many costly layers that change nothing."""
    nodes, constants = [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def conv(name: str, given: str, kernel: np.ndarray, stride: int, pad: int) -> str:
        bias = np.full(len(kernel), NEVER, np.float32)
        bias[0] = -STEEPNESS * BRIGHT if kernel.any() else NEVER
        bias[len(CLASSES) :] = REACH_PX
        inputs = [given, constant(f"{name}.w", kernel), constant(f"{name}.b", bias)]
        attributes = {"strides": [stride, stride], "pads": [pad] * 4}
        nodes.append(helper.make_node("Conv", inputs, [name], **attributes))
        return name

    nodes.append(helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT))
    nodes.append(helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]))
    given = "planes"
    for n in range(work):
        kernel = np.full((3, 3, 15, 15), 1e-6, np.float32)
        name = constant(f"idle{n}.w", kernel)
        attributes = {"strides": [1, 1], "pads": [7] * 4}
        nodes.append(helper.make_node("Conv", [given, name], [f"idle{n}"], **attributes))
        nodes.append(helper.make_node("Add", [given, f"idle{n}"], [f"busy{n}"]))
        given = f"busy{n}"
    shape = constant("flat", np.array([0, OUTPUTS, -1], np.int64))
    for stride in STRIDES:
        edge, pad = (WINDOW, FINEST // 2) if stride == FINEST else (stride, 0)
        kernel = np.zeros((OUTPUTS, 3, edge, edge), np.float32)
        if stride == FINEST:
            kernel[0] = STEEPNESS / (255 * 3 * edge * edge)
        head = conv(f"head{stride}", given, kernel, stride, pad)
        nodes.append(helper.make_node("Reshape", [head, shape], [f"rows{stride}"]))
    rows = [f"rows{stride}" for stride in STRIDES]
    nodes.append(helper.make_node("Concat", rows, ["all"], axis=2))
    nodes.append(helper.make_node("Transpose", ["all"], ["anchors"], perm=[0, 2, 1]))
    sizes = constant("sizes", np.array([len(CLASSES), 4], np.int64))
    nodes.append(helper.make_node("Split", ["anchors", sizes], ["logits", "distances"], axis=2))
    nodes.append(helper.make_node("Sigmoid", ["logits"], ["scores"]))
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", "h", "w", 3])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "a", size])
        for name, size in (("scores", len(CLASSES)), ("distances", 4))
    ]
    graph = helper.make_graph(nodes, "blobs", [images], outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))


def blob_clip(
    path: Path, *, light: float, to_the_right: bool, times: int = 1, scale: int = 1
) -> Path:
    """Three seconds in which one bright thing crosses the picture from edge to edge, some times."""
    width, height = (scale * side for side in CLIP_SIZE)
    edge, top = scale * BLOB_PX, scale * TOP
    way = np.linspace(0, width - edge, 24).astype(int)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=CLIP_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "10", "g": "8"}
        for x in [*(way if to_the_right else way[::-1]), *([None] * 6)] * times:
            picture = np.full((height, width, 3), int(255 * light), np.uint8)
            if x is not None:
                picture[top : top + edge, x : x + edge] = 255
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path
