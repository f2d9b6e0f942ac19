"""How much a device asks for and listens for at a time."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts.fetch_window import (
    AHEAD_CEILING,
    FIRST_WAIT_S,
    KNOWN_S,
    MAX_WAIT_S,
    MIN_WAIT_S,
    SLOW_CEILING,
    WINDOW_CEILING,
    WINDOW_FLOOR,
    Window,
    chunks_ahead,
    patience_s,
    smoothed_s,
)
from lamplighter_wire.blobs import CHUNK_BYTES


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=200))
def test_the_window_stays_between_floor_and_ceiling(arrivals: list[tuple[bool, int]]) -> None:
    window = Window()
    for arrived, takes in arrivals:
        window = window.grown(takes) if arrived else window.halved()
        assert WINDOW_FLOOR <= window.chunks <= WINDOW_CEILING


def test_the_window_grows_fast_until_something_is_lost() -> None:
    window = Window()
    for _ in range(WINDOW_CEILING - WINDOW_FLOOR):
        window = window.grown(WINDOW_CEILING)
    assert window.chunks == WINDOW_CEILING
    lost = window.halved()
    assert lost.grown(WINDOW_CEILING).size < lost.size + 0.1
    assert window.grown(0).chunks == SLOW_CEILING


def test_a_slow_link_is_not_given_more_than_it_takes() -> None:
    assert chunks_ahead(0, KNOWN_S / 2) == AHEAD_CEILING, "nothing is known yet"
    assert chunks_ahead(4 * CHUNK_BYTES, 2.0) == 16
    assert chunks_ahead(10_000 * CHUNK_BYTES, 2.0) == AHEAD_CEILING


def test_patience_follows_what_delivery_takes_within_bounds() -> None:
    assert patience_s(0.0) == FIRST_WAIT_S, "nothing is known yet"
    assert patience_s(0.01) == MIN_WAIT_S
    assert patience_s(1.0) == 4.0
    assert patience_s(100.0) == MAX_WAIT_S
    assert smoothed_s(0.0, 2.0) == 2.0
    assert 1.0 < smoothed_s(1.0, 2.0) < 1.5
