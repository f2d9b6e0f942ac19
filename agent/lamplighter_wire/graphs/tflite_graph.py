"""What a model of LiteRT says of itself (schema.fbs of LiteRT; flatbuffers.dev, "Internals")."""

import struct
from collections.abc import Iterator

from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.facts import MOST_OPERATORS, GraphFacts

# Numbers of fields.
MODEL_CODES, MODEL_GRAPHS = 1, 2
CODE_OLD, CODE_NAME, CODE = 0, 1, 3
GRAPH_TENSORS, GRAPH_OPERATORS = 0, 3
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_NAME = 0, 1, 3
OPERATOR_CODE = 0
CUSTOM = 32
CUSTOM_DOMAIN = "custom"
# Bits of an element by TensorType; others count as the widest.
BITS = {0: 32, 1: 16, 2: 32, 3: 8, 4: 64, 6: 8, 7: 16, 9: 8, 10: 64, 12: 64, 15: 32, 16: 16, 17: 4}
WIDEST = 128
IDENTIFIER = b"TFL3"


def read_tflite(data: bytes) -> GraphFacts:
    """The facts of a model.

    Raises:
        GraphError: it is none, or says what no model says.
    """
    if data[4:8] != IDENTIFIER:
        raise GraphError("it is no model of LiteRT")
    try:
        return _read(_Table(data, struct.unpack_from("<I", data)[0]))
    except (struct.error, IndexError, OverflowError) as error:
        raise GraphError("it is cut off, or no model of LiteRT") from error


def _read(model: "_Table") -> GraphFacts:
    facts = GraphFacts()
    codes = [_code(table) for table in model.tables(MODEL_CODES)]
    graphs = list(model.tables(MODEL_GRAPHS))
    if len(graphs) > 1:
        facts.control.add("graphs within it")
    for graph in graphs:
        for tensor in graph.tables(GRAPH_TENSORS):
            bits = BITS.get(tensor.number(TENSOR_TYPE, "<B"), WIDEST)
            shape = [1 if side == -1 else side for side in tensor.numbers(TENSOR_SHAPE)]
            facts.add_tensor(tensor.text(TENSOR_NAME), shape, bits)
        for operator in graph.tables(GRAPH_OPERATORS):
            facts.add_operator(*codes[operator.number(OPERATOR_CODE, "<I")])
    if not facts.count:
        raise GraphError("it is a model of LiteRT without operators")
    return facts


def _code(table: "_Table") -> tuple[str, str]:
    """An operator's domain, "" or "custom", and its number or name."""
    code = max(table.number(CODE_OLD, "<b"), table.number(CODE, "<i"))
    return (CUSTOM_DOMAIN, table.text(CODE_NAME)) if code == CUSTOM else ("", str(code))


class _Table:
    """A table of a flatbuffer, at a place in it."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data, self._place = data, place
        self._fields = place - struct.unpack_from("<i", data, place)[0]
        if not 0 <= self._fields < len(data):
            raise GraphError("it is cut off, or no model of LiteRT")

    def number(self, field: int, form: str) -> int:
        """A number; 0 where it is not there."""
        place = self._of(field)
        return int(struct.unpack_from(form, self._data, place)[0]) if place else 0

    def numbers(self, field: int) -> list[int]:
        """A list of 32-bit integers."""
        start, count = self._list(field)
        return [int(n) for n in struct.unpack_from(f"<{count}i", self._data, start)]

    def text(self, field: int) -> str:
        """A text."""
        start, count = self._list(field)
        return self._data[start : start + count].decode("utf-8", "replace")

    def tables(self, field: int) -> Iterator["_Table"]:
        """A list of tables."""
        start, count = self._list(field)
        for place in range(start, start + 4 * count, 4):
            yield _Table(self._data, place + struct.unpack_from("<I", self._data, place)[0])

    def _list(self, field: int) -> tuple[int, int]:
        """Where a list begins, and of how many."""
        place = self._of(field)
        if not place:
            return 0, 0
        start = place + struct.unpack_from("<I", self._data, place)[0]
        count = struct.unpack_from("<I", self._data, start)[0]
        if count > max(len(self._data) - start, MOST_OPERATORS):
            raise GraphError("it is cut off, or no model of LiteRT")
        return start + 4, count

    def _of(self, field: int) -> int:
        """Where a field lies; 0: it is not there."""
        size = struct.unpack_from("<H", self._data, self._fields)[0]
        entry = 4 + 2 * field
        if entry + 2 > size:
            return 0
        offset = struct.unpack_from("<H", self._data, self._fields + entry)[0]
        return self._place + offset if offset else 0
