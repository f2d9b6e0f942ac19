"""A finished ONNX graph: what is before its input and after its outputs is added to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, version_converter

from lamplighter_recipes.errors import ExportError, RecipeError
from lamplighter_recipes.own_models.sources.harmless import refuse_harm
from lamplighter_recipes.own_models.sources.signature import (
    Interface,
    Signature,
    TensorInfo,
    Written,
)
from lamplighter_recipes.recipe.own_model import GRAPH
from lamplighter_recipes.runtimes.onnxruntime.session import load

LEAST_OPSET = 13  # older graphs cannot hold scales per channel
OPSET = 17
STEM, END = "lamplighter_", "_of_model"


class OnnxSource:
    """One file."""

    runtime = BASE_RUNTIME

    def __init__(self, path: Path) -> None:
        self._path = path

    def signature(self) -> Signature:
        refuse_harm(self.runtime, self._path)
        try:
            graph = onnx.load(self._path, load_external_data=False).graph
        except Exception as error:
            raise RecipeError(
                f"is no ONNX graph: {error}", file=str(self._path), remedy="export it again"
            ) from error
        constants = {item.name for item in graph.initializer}
        given = [_info(value) for value in graph.input if value.name not in constants]
        return Signature(given, [_info(value) for value in graph.output])

    def run(self, picture: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        try:
            session = load(self._path)
            names = [output.name for output in session.get_outputs()]
            (given,) = [value.name for value in session.get_inputs()]
            return dict(zip(names, session.run(names, {given: picture}), strict=True))
        except Exception as error:
            raise RecipeError(
                f"onnxruntime does not run it: {error}",
                file=str(self._path),
                remedy="export it with operators that onnxruntime has on CPUs",
            ) from error

    def write(self, interface: Interface, name: str, weights_dir: Path) -> Written:
        model = fitted(onnx.load(self._path), interface)
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise ExportError(f"{self._path}: the graph is not in order: {error}") from error
        onnx.save(model, weights_dir / f"{name}{GRAPH}")
        return Written([BASE_RUNTIME])


def fitted(model: onnx.ModelProto, interface: Interface) -> onnx.ModelProto:
    """The graph from uint8 pictures [N, H, W, 3] to the outputs that the decoder reads.

    Raises:
        ExportError: it is too old, and cannot be brought up to date.
    """
    model = _current(model)
    _rename_all(model.graph, interface)
    _add_picture(model.graph, interface)
    _add_outputs(model.graph, interface)
    del model.graph.value_info[:]
    return model


def _current(model: onnx.ModelProto) -> onnx.ModelProto:
    version = next(
        (item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), 0
    )
    if version >= LEAST_OPSET:
        return model
    try:
        return version_converter.convert_version(model, OPSET)
    except Exception as error:
        raise ExportError(f"opset {version} cannot be converted to {OPSET}: {error}") from error


def _rename_all(graph: onnx.GraphProto, interface: Interface) -> None:
    """Out of the way of the names that the task gives."""
    wanted = {interface.tensors.input, *interface.tensors.outputs}
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [name + END if name in wanted else name for name in names]
        for inner in (part for attribute in node.attribute for part in _graphs(attribute)):
            _rename_all(inner, interface)
    for item in [*graph.initializer, *graph.input, *graph.output]:
        item.name = item.name + END if item.name in wanted else item.name


def _graphs(attribute: onnx.AttributeProto) -> list[onnx.GraphProto]:
    """Bodies of loops and branches, which read names of the graph around them."""
    return [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]


def _moved(name: str, interface: Interface) -> str:
    wanted = {interface.tensors.input, *interface.tensors.outputs}
    return name + END if name in wanted else name


def _add_picture(graph: onnx.GraphProto, interface: Interface) -> None:
    """Cast, subtract, scale and turn the picture into what the network takes."""
    target = _moved(interface.picture.name, interface)
    (old,) = [value for value in graph.input if value.name == target]
    sides = [0, 2, 3] if interface.channels_first else [0, 1, 2]
    dims = [old.type.tensor_type.shape.dim[side] for side in sides]
    shape = [dim.dim_value or axis for dim, axis in zip(dims, ("N", "H", "W"), strict=True)]
    steps = _steps(interface)
    names = [interface.tensors.input, *(f"{STEM}{i}" for i in range(1, len(steps))), target]
    nodes = []
    for number, (operator, constant, attributes) in enumerate(steps):
        given = [names[number]]
        if constant is not None:
            graph.initializer.append(numpy_helper.from_array(constant, f"{STEM}c{number}"))
            given.append(f"{STEM}c{number}")
        label = f"{STEM}node{number}"
        nodes.append(helper.make_node(operator, given, [names[number + 1]], label, **attributes))
    graph.input.remove(old)
    kept = list(graph.input)
    del graph.input[:]
    picture = helper.make_tensor_value_info(interface.tensors.input, TensorProto.UINT8, [*shape, 3])
    graph.input.extend([picture, *kept])
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


def _steps(interface: Interface) -> list[tuple[str, NDArray[Any] | None, dict[str, Any]]]:
    """Operators in order, each with its constant and attributes; the channels come last."""
    steps: list[tuple[str, NDArray[Any] | None, dict[str, Any]]] = []
    if interface.reversed_channels:
        steps.append(("Gather", np.array([2, 1, 0], np.int64), {"axis": 3}))
    if not interface.takes_bytes:
        mean, std = np.array(interface.mean, np.float32), np.array(interface.std, np.float32)
        steps.append(("Cast", None, {"to": TensorProto.FLOAT}))
        steps += [("Sub", mean, {}), ("Mul", (1 / std).astype(np.float32), {})]
        if interface.picture.dtype == "float16":
            steps.append(("Cast", None, {"to": TensorProto.FLOAT16}))
    if interface.channels_first:
        steps.append(("Transpose", None, {"perm": [0, 3, 1, 2]}))
    return steps or [("Identity", None, {})]


def _add_outputs(graph: onnx.GraphProto, interface: Interface) -> None:
    """Each under its name, in floats, with the batch's axis."""
    values = {value.name: value for value in graph.output}
    del graph.output[:]
    pairs = zip(interface.outputs, interface.tensors.outputs, interface.ranks, strict=True)
    for source, name, rank in pairs:
        value = values[_moved(source, interface)]
        lengths = [dim.dim_value or dim.dim_param for dim in value.type.tensor_type.shape.dim]
        tensor, axes = value.name, len(lengths)
        if axes == rank - 1:
            graph.initializer.append(
                numpy_helper.from_array(np.array([0], np.int64), f"{name}_batch")
            )
            graph.node.append(
                helper.make_node("Unsqueeze", [tensor, f"{name}_batch"], [f"{name}_rows"])
            )
            tensor, lengths = f"{name}_rows", [1, *lengths]
        graph.node.append(
            helper.make_node("Cast", [tensor], [name], f"{STEM}{name}", to=TensorProto.FLOAT)
        )
        shape = [length or f"{name}_{i}" for i, length in enumerate(lengths)] or None
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))


def _info(value: onnx.ValueInfoProto) -> TensorInfo:
    kind = value.type.tensor_type
    shape = tuple(max(int(dim.dim_value), 0) for dim in kind.shape.dim)
    return TensorInfo(value.name, shape, helper.tensor_dtype_to_np_dtype(kind.elem_type).name)
