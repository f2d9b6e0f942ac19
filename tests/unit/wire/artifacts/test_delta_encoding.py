"""A part comes back from another one and a delta, byte for byte, or not at all."""

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts import delta_encoding
from lamplighter_wire.artifacts.delta_encoding import apply_delta, make_delta, make_rounded
from lamplighter_wire.blobs import compress
from lamplighter_wire.errors import BlobError

RANDOM = np.random.default_rng(7)


def _applied(base: bytes, delta: bytes, size_bytes: int) -> bytes:
    return b"".join(apply_delta(base, delta, size_bytes))


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from([1, 2, 4, 8]))
def test_any_bytes_come_back(base: bytes, target: bytes, item_bytes: int) -> None:
    assert _applied(base, make_delta(base, target, item_bytes), len(target)) == target


@given(st.lists(st.floats(width=32), min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_any_floats_may_be_what_integers_were_rounded_from(
    floats: list[float], target: bytes
) -> None:
    base = np.array(floats, "<f4").tobytes()
    assert _applied(base, make_rounded(base, target, 3), len(target)) == target


def test_many_blocks_come_back() -> None:
    base = RANDOM.normal(size=(3, 70_001)).astype("<f4")
    target = base + np.float32(1e-4) * RANDOM.normal(size=base.shape).astype("<f4")
    delta = make_delta(base.tobytes(), target.tobytes(), 4)
    assert _applied(base.tobytes(), delta, target.nbytes) == target.tobytes()


def test_small_changes_of_all_elements_take_a_part_of_what_a_dictionary_makes_of_them() -> None:
    base = RANDOM.integers(-100, 100, 40_000, np.int8)
    target = (base + RANDOM.integers(-1, 2, base.shape, np.int8)).tobytes()
    dictionary = zstandard.ZstdCompressionDict(
        base.tobytes(), dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )
    by_dictionary = zstandard.ZstdCompressor(level=19, dict_data=dictionary).compress(target)
    assert len(make_delta(base.tobytes(), target, 1)) < 0.4 * len(by_dictionary)


def test_what_moved_is_found_by_its_dictionary() -> None:
    base = RANDOM.bytes(50_000)
    assert len(make_delta(base, b"moved" + base, 4)) < 200


def test_integers_take_next_to_nothing_beside_the_floats_they_were_rounded_from() -> None:
    floats = RANDOM.normal(size=(64, 500)).astype("<f4")
    scales = np.abs(floats).max(axis=1, keepdims=True) / 127
    target = np.rint(floats / scales).astype(np.int8).tobytes()
    delta = make_rounded(floats.tobytes(), target, 64)
    assert len(delta) < 0.01 * len(compress(target))
    assert _applied(floats.tobytes(), delta, len(target)) == target


def test_a_delta_takes_no_more_memory_than_its_part() -> None:
    bomb = delta_encoding._HEAD.pack(delta_encoding.DIFFERENCE, 1, 1)  # noqa: SLF001
    bomb += zstandard.ZstdCompressor(level=19).compress(bytes(50_000_000))
    with pytest.raises(BlobError, match="50000000 bytes for a part of 10"):
        _applied(bytes(10), bomb, 10)
    with pytest.raises(BlobError, match="more than"):
        _applied(bytes(10), b"", 1 << 30)


@given(st.binary(max_size=60), st.integers(0, 64))
def test_damage_is_told(data: bytes, size_bytes: int) -> None:
    base = bytes(64)
    try:
        made = _applied(base, data, size_bytes)
    except BlobError:
        return
    assert len(made) == size_bytes


@pytest.mark.parametrize("cut", [0, 3, 10, -1])
def test_one_that_is_cut_short_is_refused(cut: int) -> None:
    base, target = RANDOM.bytes(5000), RANDOM.bytes(5000)
    with pytest.raises(BlobError):
        _applied(base, make_delta(base, target, 1)[:cut], len(target))


def test_kinds_of_later_versions_are_named() -> None:
    with pytest.raises(BlobError, match="update the agent"):
        _applied(b"", delta_encoding._HEAD.pack(9, 1, 1), 1)  # noqa: SLF001
