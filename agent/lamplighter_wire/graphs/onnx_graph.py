"""What an ONNX graph says of itself (onnx.proto of the ONNX project)."""

import struct
from collections.abc import Mapping
from itertools import islice

from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.facts import GraphFacts, Outside, Tensor, shown
from lamplighter_wire.graphs.protobuf import (
    Grouped,
    fields,
    grouped,
    inner,
    integers,
    last_number,
    last_text,
    signed,
    text,
)

# Numbers of fields.
MODEL_GRAPH, MODEL_FUNCTIONS, MODEL_TRAINING = 7, 25, 20
GRAPH_NODE, GRAPH_CONSTANT, GRAPH_SPARSE, GRAPH_VALUES = 1, 5, 15, (11, 12, 13)
FUNCTION_NODE = 7
NODE_INPUT, NODE_KIND, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 4, 5, 7
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = (5, 10), (6, 11)
TENSOR_DIMS, TENSOR_TYPE, TENSOR_INT64, TENSOR_NAME, TENSOR_RAW = 1, 2, 7, 8, 9
TENSOR_OUTSIDE, TENSOR_PLACE = 13, 14
VALUE_NAME, VALUE_TYPE, TYPE_TENSOR, TENSOR_ELEMENT, TENSOR_SHAPE = 1, 2, 1, 1, 2
SHAPE_DIM, DIM_VALUE, DIM_NAME = 1, 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2
INT64, ELSEWHERE = 7, 1
# Bits of an element by TensorProto.DataType; others count as the widest.
BITS: Mapping[int, int] = {
    1: 32,
    2: 8,
    3: 8,
    4: 16,
    5: 16,
    6: 32,
    7: 64,
    9: 8,
    10: 16,
    11: 64,
    12: 32,
    13: 64,
    14: 64,
    15: 128,
    16: 16,
    17: 8,
    18: 8,
    19: 8,
    20: 8,
    21: 4,
    22: 4,
    23: 4,
}
WIDEST = 128
# Operators that make a tensor of the shape that one of their inputs says: which.
MADE_BY_SHAPE = {"ConstantOfShape": 0, "Expand": 1}
MOST_AXES = 16
MOST_DIGITS = 18
MOST_DEPTH = 8


def read_onnx(data: bytes) -> GraphFacts:
    """The facts of a graph.

    Raises:
        GraphError: it is none, or says what no graph says.
    """
    reader = _Reader()
    for number, value in fields(memoryview(data)):
        if number == MODEL_GRAPH:
            reader.graph(inner(value))
        elif number == MODEL_FUNCTIONS:
            reader.facts.control.add("functions of its own")
        elif number == MODEL_TRAINING:
            reader.facts.control.add("training")
    if not reader.facts.count:
        raise GraphError("it is no ONNX graph, or has no operators")
    return reader.facts


class _Reader:
    def __init__(self) -> None:
        self.facts = GraphFacts()
        self._shapes: dict[str, tuple[int, ...]] = {}  # constants that may be shapes, by name

    def graph(self, message: memoryview, depth: int = 0) -> None:
        """A graph, or a branch within one."""
        if depth > MOST_DEPTH:
            raise GraphError(f"its branches are nested more than {MOST_DEPTH} deep")
        nodes = []
        for number, value in fields(message):
            if number == GRAPH_NODE:
                nodes.append(inner(value))
            elif number == GRAPH_CONSTANT:
                self._tensor(inner(value))
            elif number in GRAPH_VALUES:
                self._value(inner(value))
            elif number == GRAPH_SPARSE:
                self.facts.control.add("sparse tensors")
        for node in nodes:  # constants may stand behind them
            self._node(node, depth)

    def _node(self, message: memoryview, depth: int) -> None:
        given: list[str] = []
        kind = domain = ""
        for number, value in fields(message):
            if number == NODE_INPUT:
                given.append(text(value))
            elif number == NODE_KIND:
                kind = text(value)
            elif number == NODE_DOMAIN:
                domain = text(value)
            elif number == NODE_ATTRIBUTE:
                self._attribute(inner(value), depth)
        self.facts.add_operator("" if domain == "ai.onnx" else domain, kind)
        place = MADE_BY_SHAPE.get(kind)
        if place is not None and place < len(given) and given[place] in self._shapes:
            self.facts.add_tensor(f"of {kind}", self._shapes[given[place]], 32)

    def _attribute(self, message: memoryview, depth: int) -> None:
        for number, value in fields(message):
            if number in ATTRIBUTE_TENSORS and not isinstance(value, int):
                self._tensor(value)
            elif number in ATTRIBUTE_GRAPHS and not isinstance(value, int):
                self.graph(value, depth + 1)

    def _tensor(self, message: memoryview) -> None:
        found = grouped(message)
        name, element = last_text(found, TENSOR_NAME), last_number(found, TENSOR_TYPE)
        shape = [side for value in found[TENSOR_DIMS] for side in integers(value)]
        tensor = self.facts.add_tensor(name, shape, BITS.get(element, WIDEST))
        entries = [_entry(inner(value)) for value in found[TENSOR_OUTSIDE]]
        if entries or last_number(found, TENSOR_PLACE) == ELSEWHERE:
            self._lies_outside(tensor, {key: value for entry in entries for key, value in entry})
        elif element == INT64:
            self._shapes[name] = _constant(found)

    def _lies_outside(self, tensor: Tensor, place: Mapping[str, str]) -> None:
        offset, size = (_number(place.get(key, "0"), tensor) for key in ("offset", "length"))
        outside = Outside(tensor, place.get("location", ""), offset, size or tensor.size_bytes)
        self.facts.outside.append(outside)

    def _value(self, message: memoryview) -> None:
        name, kind = "", memoryview(b"")
        for number, value in fields(message):
            if number == VALUE_NAME:
                name = text(value)
            elif number == VALUE_TYPE:
                kind = inner(value)
        for number, value in fields(kind):
            if number == TYPE_TENSOR:
                self._typed(name, inner(value))
            else:
                self.facts.control.add("values that are no tensors")

    def _typed(self, name: str, message: memoryview) -> None:
        element, shape = 0, list[int]()
        for number, value in fields(message):
            if number == TENSOR_ELEMENT and isinstance(value, int):
                element = value
            elif number == TENSOR_SHAPE:
                shape = [_side(inner(v)) for n, v in fields(inner(value)) if n == SHAPE_DIM]
        self.facts.add_tensor(name, shape, BITS.get(element, WIDEST))


def _side(message: memoryview) -> int:
    """Of an axis; 1 where it is open."""
    for number, value in fields(message):
        if number == DIM_VALUE and isinstance(value, int):
            return signed(value)
    return 1


def _constant(found: Grouped) -> tuple[int, ...]:
    """The numbers of a short list of int64, which may be a shape; of a longer one none."""
    raw = b"".join(bytes(inner(value)[: 8 * MOST_AXES]) for value in found[TENSOR_RAW][:1])
    numbers = struct.unpack(f"<{len(raw) // 8}q", raw[: len(raw) // 8 * 8])
    listed = (n for value in found[TENSOR_INT64] for n in integers(value))
    return numbers or tuple(islice(listed, MOST_AXES))


def _entry(message: memoryview) -> list[tuple[str, str]]:
    found = grouped(message)
    return [(last_text(found, ENTRY_KEY), last_text(found, ENTRY_VALUE))]


def _number(written: str, tensor: Tensor) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > MOST_DIGITS:
        raise GraphError(f"the tensor {tensor.name} lies at {shown(written)}")
    return int(written)
