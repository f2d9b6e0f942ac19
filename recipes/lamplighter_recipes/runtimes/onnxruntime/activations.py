"""What the tensors between the operators of a graph hold over pictures."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray
from onnx import TensorProto, helper

from lamplighter_recipes.runtimes.onnxruntime.session import load
from lamplighter_recipes.runtimes.runtime import Images

LOW, HIGH = "_lowest", "_highest"


def activations(
    model: Path, tensors: TensorNames, pictures: Iterable[Images], names: Sequence[str]
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """The named float tensors, picture by picture."""
    names = list(names)
    session = _session(onnx.load(model), names)
    for picture in pictures:
        yield dict(zip(names, session.run(names, {tensors.input: picture}), strict=True))


def extremes(
    model: Path, tensors: TensorNames, pictures: Iterable[Images], names: Sequence[str]
) -> NDArray[np.float64]:
    """Lowest and highest value of the named float tensors in each picture [pictures, names, 2]."""
    shown = list(pictures)
    if not names:  # asked for nothing, a session gives everything
        return np.zeros((len(shown), 0, 2))
    extended = onnx.load(model)
    ends = [name + end for name in names for end in (LOW, HIGH)]
    for name in names:
        for kind, end in (("ReduceMin", LOW), ("ReduceMax", HIGH)):
            node = helper.make_node(kind, [name], [name + end], keepdims=0)
            extended.graph.node.append(node)
    session = _session(extended, ends)
    rows = [session.run(ends, {tensors.input: picture}) for picture in shown]
    values = np.array([[np.asarray(value).item() for value in row] for row in rows])
    return values.reshape(len(rows), len(names), 2)


def _session(model: onnx.ModelProto, outputs: Sequence[str]) -> Any:
    """Of a graph that also gives these tensors."""
    present = {value.name for value in model.graph.output}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in outputs
        if name not in present
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "observed.onnx"
        onnx.save(model, path)
        return load(path)
