"""Numbers of a few bits come back, and nothing else is taken for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts.bit_packing import pack_bits, packed_size, unpack_bits
from lamplighter_wire.errors import BlobError


@given(st.integers(1, 8), st.integers(0, 200), st.integers(0, 2**32 - 1))
def test_numbers_come_back_in_as_many_bits_as_they_need(bits: int, count: int, seed: int) -> None:
    numbers = np.random.default_rng(seed).integers(0, 2**bits, count).astype(np.uint8)
    packed = pack_bits(numbers, bits)
    assert len(packed) == packed_size(count, bits) == -(-count * bits // 8)
    assert np.array_equal(unpack_bits(packed, bits, count), numbers)


@pytest.mark.parametrize(("bits", "count"), [(6, 5), (6, 6), (0, 4), (9, 4)])
def test_bytes_that_are_not_so_many_numbers_are_refused(bits: int, count: int) -> None:
    with pytest.raises(BlobError):
        unpack_bits(bytes(3), bits, count)
