"""A part as what turns other bytes, which the device holds, into it.

- `DICTIONARY`: what zstd makes of it with the other bytes before its eyes: of graphs, and of
  whatever changed in few places.

Where all elements changed a little, that finds nothing. They are predicted from the other part
then, and what is left is small numbers: their bytes are sorted by significance, so that the zeros
stand together, and compressed.

- `DIFFERENCE`: the elements less those of the other part, as integers; sign in the lowest bit.
- `BITWISE`: the bits in which they differ: of floats that were widened from shorter ones.
- `ROUNDED`: 8-bit integers; the other part holds the floats of the same shape that each row was
  rounded from, and its largest value became 127. What a quantizer did otherwise is left over.
"""

import struct
from collections.abc import Iterator

import numpy as np
import zstandard
from numpy.typing import NDArray

from lamplighter_wire.artifacts.encodings import BLOCK, INT8_MAX, MAX_PACKED_BYTES, MAX_ROWS
from lamplighter_wire.errors import BlobError

DIFFERENCE, BITWISE, ROUNDED, DICTIONARY = 0, 1, 2, 3
# Deltas are made while an order waits, once for all devices that go the same way.
LEVEL = 9
ITEM_BYTES = (1, 2, 4, 8)
LEAST_BASE = 8  # what zstd takes for a dictionary

_HEAD = struct.Struct("<BBH")  # how, bytes of an element, rows
_Elements = NDArray[np.unsignedinteger]


def make_delta(base: bytes, target: bytes, item_bytes: int) -> bytes:
    """The shortest of the ways to turn `base` into `target`; elements only where both have them."""
    made = [_HEAD.pack(DICTIONARY, 1, 1) + _compressed(target, base)]
    if len(base) == len(target) and len(base) % item_bytes == 0:
        before, after = (np.frombuffer(data, f"<u{item_bytes}") for data in (base, target))
        ways = {DIFFERENCE: _folded(after - before), BITWISE: before ^ after}
        for how, left in ways.items():
            made.append(_HEAD.pack(how, item_bytes, 1) + _compressed(_planes(left)))
    return min(made, key=len)


def make_rounded(base: bytes, target: bytes, rows: int) -> bytes:
    """8-bit integers by the 32-bit floats that they were rounded from.

    Raises:
        BlobError: the floats are not as many, or not a whole number for each row.
    """
    left = np.frombuffer(target, np.uint8) - _rounded(base, rows, len(target))
    return _HEAD.pack(ROUNDED, 1, rows) + _compressed(_planes(_folded(left)))


def apply_delta(base: bytes, delta: bytes, size_bytes: int) -> Iterator[bytes]:
    """The `size_bytes` bytes that a delta turns `base` into, in blocks.

    Raises:
        BlobError: it is damaged, or does not fit to `base` or to that size.
    """
    if max(len(base), len(delta), size_bytes) > MAX_PACKED_BYTES:
        raise BlobError(f"a delta of a part of more than {MAX_PACKED_BYTES} bytes")
    try:
        how, item_bytes, rows = _HEAD.unpack_from(delta)
    except struct.error as error:
        raise BlobError("a delta is cut short") from error
    frame = delta[_HEAD.size :]
    if how == DICTIONARY:
        yield _decompressed(frame, size_bytes, base)
    elif how == ROUNDED:
        yield from _added(_rounded(base, rows, size_bytes), _decompressed(frame, size_bytes))
    elif how in (DIFFERENCE, BITWISE):
        before = _elements(base, item_bytes, size_bytes)
        yield from _added(before, _decompressed(frame, size_bytes), bitwise=how == BITWISE)
    else:
        raise BlobError(f"deltas of kind {how} are not known here: update the agent")


def _added(before: _Elements, planes: bytes, *, bitwise: bool = False) -> Iterator[bytes]:
    """Elements and what is left, block by block."""
    item_bytes = before.itemsize
    for start in range(0, len(before), BLOCK):
        own = before[start : start + BLOCK]
        left = _joined(planes, start * item_bytes, len(own), item_bytes)
        yield (own ^ left if bitwise else own + _unfolded(left)).tobytes()


def _elements(base: bytes, item_bytes: int, size_bytes: int) -> _Elements:
    if item_bytes not in ITEM_BYTES or size_bytes % item_bytes or len(base) != size_bytes:
        raise BlobError(f"{len(base)} bytes do not become {size_bytes} by {item_bytes} at a time")
    elements: _Elements = np.frombuffer(base, f"<u{item_bytes}")
    return elements


def _rounded(base: bytes, rows: int, count: int) -> NDArray[np.uint8]:
    """Integers of floats, row by row; alike on every machine: a division and a rounding."""
    if not 1 <= rows <= MAX_ROWS or count % rows or len(base) != 4 * count:
        raise BlobError(f"{len(base)} bytes are no floats of {count} elements in {rows} rows")
    floats = np.frombuffer(base, "<f4").reshape(rows, -1)
    largest = np.abs(floats).max(axis=1, initial=0.0, keepdims=True)
    scales = np.where(largest > 0, largest / np.float32(INT8_MAX), np.float32(1))
    with np.errstate(all="ignore"):
        whole = np.nan_to_num(np.rint(floats / scales), nan=0.0, posinf=0.0, neginf=0.0)
    integers: NDArray[np.uint8] = np.clip(whole, -INT8_MAX, INT8_MAX).astype(np.int8).view(np.uint8)
    return integers.reshape(-1)


def _folded(difference: _Elements) -> _Elements:
    """0, -1, 1, -2, … as 0, 1, 2, 3, …: small numbers of either sign have zeros in front."""
    signed = difference.view(difference.dtype.str.replace("u", "i"))
    folded: _Elements = ((signed << 1) ^ (signed >> (8 * signed.itemsize - 1))).view(
        difference.dtype
    )
    return folded


def _unfolded(folded: _Elements) -> _Elements:
    one = folded.dtype.type(1)
    difference: _Elements = (folded >> one) ^ (~(folded & one) + one)
    return difference


def _planes(elements: _Elements) -> bytes:
    """Of each block the bytes of one significance, then those of the next."""
    blocks = (elements[start : start + BLOCK] for start in range(0, len(elements), BLOCK))
    return b"".join(
        block.view(np.uint8).reshape(-1, elements.itemsize).T.tobytes() for block in blocks
    )


def _compressed(data: bytes, base: bytes = b"") -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(base)).compress(data)


def _decompressed(frame: bytes, size_bytes: int, base: bytes = b"") -> bytes:
    try:
        stated = zstandard.frame_content_size(frame)
        if stated != size_bytes:
            raise BlobError(f"a delta of {stated} bytes for a part of {size_bytes}")
        decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(base))
        return decompressor.decompress(frame, max_output_size=size_bytes)
    except zstandard.ZstdError as error:
        raise BlobError(f"damaged delta: {error}") from error


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict | None:
    raw = zstandard.DICT_TYPE_RAWCONTENT
    return zstandard.ZstdCompressionDict(base, dict_type=raw) if len(base) >= LEAST_BASE else None


def _joined(planes: bytes, offset: int, count: int, item_bytes: int) -> _Elements:
    """The elements of one block."""
    block = np.frombuffer(planes, np.uint8, count * item_bytes, offset)
    joined: _Elements = (
        block.reshape(item_bytes, count).T.copy().reshape(-1).view(f"<u{item_bytes}")
    )
    return joined
