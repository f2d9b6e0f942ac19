"""Small numbers side by side: of each only the bits that it needs, the highest first."""

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.errors import BlobError

MAX_BITS = 8


def packed_size(count: int, bits: int) -> int:
    """Bytes of so many numbers of so many bits."""
    return -(-count * bits // 8)


def pack_bits(numbers: NDArray[np.uint8], bits: int) -> bytes:
    """Numbers below 2 ** `bits`, one after the other; the last byte is filled up with zeros."""
    if bits == MAX_BITS:
        return numbers.tobytes()
    columns = np.unpackbits(numbers.reshape(-1, 1), axis=1)[:, MAX_BITS - bits :]
    return np.packbits(columns).tobytes()


def unpack_bits(packed: bytes | memoryview, bits: int, count: int) -> NDArray[np.uint8]:
    """Inverse of `pack_bits`.

    Raises:
        BlobError: so many numbers take another number of bytes.
    """
    if not 1 <= bits <= MAX_BITS or len(packed) != packed_size(count, bits):
        raise BlobError(f"{len(packed)} bytes are not {count} numbers of {bits} bits")
    data = np.frombuffer(packed, np.uint8)
    if bits == MAX_BITS:
        return data
    columns = np.unpackbits(data, count=count * bits).reshape(count, bits)
    padded = np.zeros((count, MAX_BITS), np.uint8)
    padded[:, MAX_BITS - bits :] = columns
    return np.packbits(padded, axis=1).reshape(count)
