"""Reads the fields of a protobuf message, whatever it is of (protobuf.dev, "Encoding")."""

from collections import defaultdict
from collections.abc import Iterator

from lamplighter_wire.errors import GraphError

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
Field = tuple[int, int | memoryview]
Grouped = defaultdict[int, list[int | memoryview]]
LONGEST_VARINT = 10
NO_GRAPH = "it is no ONNX graph, or is cut off"


def fields(message: memoryview) -> Iterator[Field]:
    """Number and value of each field in order; bytes are a view, numbers are unsigned.

    Raises:
        GraphError: it is no such message.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        value: int | memoryview
        if kind == VARINT:
            value, place = _varint(message, place)
        elif kind == BYTES:
            size, place = _varint(message, place)
            value, place = _view(message, place, size), place + size
        elif kind in (FIXED_64, FIXED_32):
            size = 8 if kind == FIXED_64 else 4
            value = int.from_bytes(_view(message, place, size), "little")
            place += size
        else:
            raise GraphError(NO_GRAPH)
        yield number, value


def grouped(message: memoryview) -> Grouped:
    """The values of each field, in order, by its number. Raises GraphError."""
    found: Grouped = defaultdict(list)
    for number, value in fields(message):
        found[number].append(value)
    return found


def last_text(found: Grouped, number: int) -> str:
    """A field that is a text; empty where it is not there. Raises GraphError: it is a number."""
    return text(found[number][-1]) if found[number] else ""


def last_number(found: Grouped, number: int) -> int:
    """A field that is a number; 0 where it is not there. Raises GraphError: it is none."""
    value = found[number][-1] if found[number] else 0
    if not isinstance(value, int):
        raise GraphError(NO_GRAPH)
    return value


def inner(value: int | memoryview) -> memoryview:
    """A field that is a message, or bytes. Raises GraphError: it is a number."""
    if isinstance(value, int):
        raise GraphError(NO_GRAPH)
    return value


def text(value: int | memoryview) -> str:
    """A field that is a text. Raises GraphError: it is a number."""
    return bytes(inner(value)).decode("utf-8", "replace")


def integers(value: int | memoryview) -> list[int]:
    """The signed numbers of a repeated field, packed or not."""
    if isinstance(value, int):
        return [signed(value)]
    numbers, place = [], 0
    while place < len(value):
        number, place = _varint(value, place)
        numbers.append(signed(number))
    return numbers


def signed(number: int) -> int:
    """An int64 as it is meant."""
    return number - (1 << 64) if number >> 63 else number


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    number = 0
    for count in range(LONGEST_VARINT):
        if place + count >= len(message):
            break
        byte = message[place + count]
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number & (2**64 - 1), place + count + 1
    raise GraphError(NO_GRAPH)


def _view(message: memoryview, place: int, size: int) -> memoryview:
    if place + size > len(message):
        raise GraphError(NO_GRAPH)
    return message[place : place + size]
