"""How a part travels: as it is, or packed, as numbers that each stand for one of few values.

A packed part begins with a head, which holds or yields a table of values; numbers of a few bits
follow, one for each element. What comes out is, byte for byte, what would have travelled unpacked.

- `palette`: elements of any type; the head holds the values (Han et al., Deep Compression,
  ICLR 2016, call it a codebook), of each row its own where there are several rows.
- `levels`: 8-bit integers with a scale for each row, such as an output channel. The head holds
  real values that all rows share, and the scales; an element is a value over its scale, rounded.
- `bits`: 8-bit integers within a narrow range; the head holds the least.
- `delta`: what turns bytes that the device holds into these; see `delta_encoding`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.artifacts.bit_packing import MAX_BITS, pack_bits, packed_size, unpack_bits
from lamplighter_wire.errors import BlobError

RAW, PALETTE, LEVELS, BITS, DELTA = "", "palette", "levels", "bits", "delta"
ENCODINGS = (PALETTE, LEVELS, BITS, DELTA)
# A packed part is read as a whole; larger ones travel as they are. Bounds a device's memory.
MAX_PACKED_BYTES = 16 * 1024 * 1024
MAX_VALUES, MAX_ROWS, MAX_ITEM_BYTES = 256, 65_535, 8
# Of all rows of a tensor. A head of 260 kB may ask for sixteen times as many, and each takes
# several floating-point numbers while they are worked out.
MAX_LEVELS = 1024 * 1024
INT8_MAX = 127
# Elements that are expanded at once; a multiple of 8, so that each block begins with a byte.
BLOCK = 65_536

_HEAD = struct.Struct("<BBHH")  # bits, bytes of an element, values, rows


class Levels(NamedTuple):
    """Real values in order that all rows of a tensor share, and the scale of each row."""

    values: NDArray[np.float32]
    scales: NDArray[np.float32]

    def table(self) -> NDArray[np.int8]:
        """The 8-bit integers of each row, [rows, values]; alike on every machine."""
        rounded = np.rint(self.values[None, :] / self.scales[:, None])
        table: NDArray[np.int8] = np.clip(rounded, -INT8_MAX, INT8_MAX).astype(np.int8)
        return table


_Table = NDArray[np.uint8]  # [rows, values, bytes of an element]


@dataclass(frozen=True, slots=True)
class _Packed:
    """A part's table of values, and the numbers that follow it."""

    bits: int
    table: _Table
    numbers: memoryview


def pack_palette(indices: NDArray[np.uint8], table: NDArray[np.uint8], bits: int) -> bytes:
    """Elements, row by row, by their number in `table` [rows, values, bytes of an element]."""
    rows, values, item_bytes = table.shape
    head = _HEAD.pack(bits, item_bytes, values, rows)
    return head + table.tobytes() + pack_bits(indices, bits)


def pack_levels(indices: NDArray[np.uint8], levels: Levels, bits: int) -> bytes:
    """Elements, row by row, by the number of their level."""
    head = _HEAD.pack(bits, 1, len(levels.values), len(levels.scales))
    floats = [array.astype("<f4").tobytes() for array in levels]
    return head + b"".join(floats) + pack_bits(indices, bits)


def pack_narrow(elements: NDArray[np.int8], bits: int) -> bytes:
    """8-bit integers by their distance from the least, which is below 2 ** `bits`."""
    least = int(elements.min())
    head = _HEAD.pack(bits, 1, 2**bits, 1) + struct.pack("<b", least)
    return head + pack_bits((elements.astype(np.int16) - least).astype(np.uint8), bits)


def expand(encoding: str, packed: bytes, size_bytes: int) -> Iterator[bytes]:
    """The `size_bytes` bytes of a packed part, in blocks.

    Raises:
        BlobError: it is not packed so, or does not expand to that many bytes.
    """
    opened = _open(encoding, packed)
    rows, values, item_bytes = opened.table.shape
    count, rest = divmod(size_bytes, item_bytes)
    per_row, uneven = divmod(count, rows)
    if rest or uneven or len(opened.numbers) != packed_size(count, opened.bits):
        raise BlobError(f"a part packed as {encoding!r} does not expand to {size_bytes} bytes")
    for start in range(0, count, BLOCK):
        elements = min(BLOCK, count - start)
        begin = packed_size(start, opened.bits)
        block = opened.numbers[begin : begin + packed_size(elements, opened.bits)]
        numbers = unpack_bits(block, opened.bits, elements)
        if numbers.max() >= values:
            raise BlobError(f"a part packed as {encoding!r} names a value beyond its {values}")
        row = np.arange(start, start + elements) // per_row
        yield opened.table[row, numbers].tobytes()


def _open(encoding: str, packed: bytes) -> _Packed:
    readers = {PALETTE: _palette, LEVELS: _levels, BITS: _narrow}
    if encoding not in readers:
        raise BlobError(f"parts packed as {encoding[:32]!r} are not known here: update the agent")
    if len(packed) > MAX_PACKED_BYTES:
        raise BlobError(f"a packed part of {len(packed)} bytes, at most {MAX_PACKED_BYTES}")
    data = memoryview(packed)  # of which no piece is copied: it may be large
    try:
        bits, item_bytes, values, rows = _HEAD.unpack_from(data)
        _check_head(bits, item_bytes, values, rows)
        table, used = readers[encoding](data[_HEAD.size :], item_bytes, values, rows)
    except (struct.error, ValueError) as error:
        raise BlobError(f"a part packed as {encoding!r} is cut short") from error
    return _Packed(bits, table, data[_HEAD.size + used :])


def _check_head(bits: int, item_bytes: int, values: int, rows: int) -> None:
    in_range = 1 <= bits <= MAX_BITS and 1 <= item_bytes <= MAX_ITEM_BYTES and rows >= 1
    if not in_range or not 1 <= values <= MAX_VALUES:
        text = f"{bits} bits, {values} values of {item_bytes} bytes, {rows} rows"
        raise BlobError(f"no packed part has {text}")


def _palette(data: memoryview, item_bytes: int, values: int, rows: int) -> tuple[_Table, int]:
    used = rows * values * item_bytes
    table = np.frombuffer(data, np.uint8, used)
    return table.reshape(rows, values, item_bytes), used


def _levels(data: memoryview, _item_bytes: int, values: int, rows: int) -> tuple[_Table, int]:
    if rows * values > MAX_LEVELS:
        raise BlobError(f"{rows} rows of {values} levels, at most {MAX_LEVELS} in all")
    floats = np.frombuffer(data, "<f4", values + rows)
    with np.errstate(all="ignore"):
        quotients = floats[None, :values] / floats[values:, None]
    if not np.isfinite(quotients).all():
        raise BlobError("the levels of a packed part are not finite")
    table = Levels(floats[:values], floats[values:]).table()
    return table.view(np.uint8).reshape(rows, values, 1), 4 * (values + rows)


def _narrow(data: memoryview, _item_bytes: int, values: int, _rows: int) -> tuple[_Table, int]:
    (least,) = struct.unpack_from("<b", data)
    table = np.arange(least, least + values).astype(np.uint8)
    return table.reshape(1, values, 1), 1
