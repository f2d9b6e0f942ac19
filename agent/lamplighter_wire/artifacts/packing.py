"""The smallest form in which a piece can travel: done where variants are built."""

from itertools import takewhile
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.artifacts.bit_packing import MAX_BITS
from lamplighter_wire.artifacts.encodings import (
    BITS,
    LEVELS,
    MAX_LEVELS,
    MAX_PACKED_BYTES,
    MAX_ROWS,
    MAX_VALUES,
    PALETTE,
    RAW,
    Levels,
    expand,
    pack_levels,
    pack_narrow,
    pack_palette,
)
from lamplighter_wire.blobs import CHUNK_BYTES, Encoded, Piece, compress

# A packed form must spare this share of the bytes on the wire, or it is not worth expanding.
LEAST_SAVING = 0.03
# Of pieces that do not say what they hold.
ITEM_BYTES = (4, 2, 1)
# More values of one byte than this save nothing.
MAX_BYTE_VALUES = 128
# Groups of output channels that are tried, each with a palette of at most so many values.
GROUPS, MAX_GROUP_VALUES = (2, 4, 8, 16, 32, 64), 16
# So many elements show whether there are few values: sorting all of a float tensor takes long.
SAMPLE = 4096

Element = TypeVar("Element", bound=np.generic)


def smallest(piece: Piece) -> Encoded:
    """The form of a piece that takes the fewest bytes once it is compressed.

    A number of 8 bits often takes fewer than one of 6: zstd codes bytes by how often they occur.
    """
    raw = Encoded(RAW, piece.data)
    forms = [form for form in _packed_forms(piece) if len(form.data) <= MAX_PACKED_BYTES]
    sizes = {form: wire_bytes(form.data) for form in forms}
    best = min(forms, key=lambda form: sizes[form], default=raw)
    worthwhile = forms and sizes[best] <= (1 - LEAST_SAVING) * wire_bytes(piece.data)
    return best if worthwhile else raw


def wire_bytes(data: bytes) -> int:
    """What it takes as chunks, compressed."""
    starts = range(0, len(data), CHUNK_BYTES)
    return sum(len(compress(data[start : start + CHUNK_BYTES])) for start in starts)


def _packed_forms(piece: Piece) -> list[Encoded]:
    if piece.levels is not None:
        return _in_levels(piece.data, piece.levels)
    widths = (np.dtype(piece.dtype).itemsize,) if piece.dtype else ITEM_BYTES
    for item_bytes in widths:
        if item_bytes in ITEM_BYTES and len(piece.data) % item_bytes == 0:
            elements = np.frombuffer(piece.data, f"<u{item_bytes}")
            most = MAX_BYTE_VALUES if item_bytes == 1 else MAX_VALUES
            values = few_values(elements, most)
            if len(values):
                narrow = _in_bits(elements) if item_bytes == 1 else []
                return [*_in_palette(elements, values), *narrow]
            if piece.shape:
                return _in_palettes(elements.reshape(piece.shape[0], -1))
    return []


def few_values(elements: NDArray[Element], most: int) -> NDArray[Element]:
    """The values of the elements in order; none when there are too many."""
    values = np.unique(elements[:SAMPLE])
    if len(values) <= most:
        values = np.unique(elements)
    return values if len(values) <= most else values[:0]


def _in_palette(
    elements: NDArray[np.unsignedinteger], values: NDArray[np.unsignedinteger]
) -> list[Encoded]:
    indices = np.searchsorted(values, elements).astype(np.uint8)
    table = values.view(np.uint8).reshape(1, len(values), -1)
    widths = _widths(len(values))
    return [Encoded(PALETTE, pack_palette(indices, table, bits)) for bits in widths]


def _in_palettes(rows: NDArray[np.unsignedinteger]) -> list[Encoded]:
    """A palette for each group of rows, of which there are as few as will do."""
    for count in (groups for groups in GROUPS if len(rows) % groups == 0):
        groups = rows.reshape(count, -1)
        found = (few_values(group, MAX_GROUP_VALUES) for group in groups)
        palettes = list(takewhile(len, found))  # most tensors have too many values in the first
        if len(palettes) == count:
            return [_grouped(groups, palettes)]
    return []


def _grouped(
    groups: NDArray[np.unsignedinteger], palettes: list[NDArray[np.unsignedinteger]]
) -> Encoded:
    pairs = list(zip(groups, palettes, strict=True))
    indices = np.concatenate([np.searchsorted(values, group) for group, values in pairs])
    longest = max(map(len, palettes))
    table = np.stack([np.pad(values, (0, longest - len(values))) for values in palettes])
    items = table.view(np.uint8).reshape(*table.shape, -1)
    bits = max(1, (longest - 1).bit_length())
    return Encoded(PALETTE, pack_palette(indices.astype(np.uint8), items, bits))


def _in_bits(elements: NDArray[np.unsignedinteger]) -> list[Encoded]:
    signed = elements.view(np.int8)
    bits = (int(signed.max()) - int(signed.min())).bit_length()
    return [Encoded(BITS, pack_narrow(signed, bits))] if 1 <= bits < MAX_BITS else []


def _in_levels(data: bytes, levels: Levels) -> list[Encoded]:
    """Only where the levels really yield the piece: a hint that is wrong costs bytes, no more."""
    elements, rows, values = np.frombuffer(data, np.int8), len(levels.scales), len(levels.values)
    if not 1 <= rows <= MAX_ROWS or len(elements) % rows:
        return []
    if values > MAX_VALUES or rows * values > MAX_LEVELS:
        return []
    indices = _level_indices(elements.reshape(rows, -1), levels.table())
    forms = [
        Encoded(LEVELS, pack_levels(indices, levels, bits)) for bits in _widths(len(levels.values))
    ]
    return [form for form in forms if b"".join(expand(LEVELS, form.data, len(data))) == data]


def _level_indices(rows: NDArray[np.int8], table: NDArray[np.int8]) -> NDArray[np.uint8]:
    """The first level that gives each element; levels rise along a row."""
    found = [np.searchsorted(levels, row) for row, levels in zip(rows, table, strict=True)]
    within = np.minimum(np.concatenate(found), table.shape[1] - 1)
    indices: NDArray[np.uint8] = within.astype(np.uint8)
    return indices


def _widths(values: int) -> list[int]:
    """Bits of a number: as few as it needs, and a whole byte."""
    return sorted({max(1, (values - 1).bit_length()), MAX_BITS})
