"""When which frame is due, without any clip."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.camera.timeline import Item, Recorded, Timeline

A, B = Path("a.mp4"), Path("b.mp4")
CLIPS = {A: Recorded(fps=10.0, frames=30), B: Recorded(fps=5.0, frames=20)}
LINE = Timeline([Item(A, "day", repeat=2), Item(B, "night", seconds=2.0)], CLIPS, None)


def test_a_round_is_as_long_as_its_entries() -> None:
    assert (LINE.frames, LINE.seconds, LINE.fps) == (70, 8.0, 10.0)
    assert LINE.phases() == [("day", 0.0), ("night", 6.0)]


@pytest.mark.parametrize(
    ("index", "place"),
    [(0, (A, 0)), (29, (A, 29)), (30, (A, 0)), (60, (B, 0)), (69, (B, 9)), (70, (A, 0))],
)
def test_an_index_has_its_place_in_a_clip(index: int, place: tuple[Path, int]) -> None:
    item, number = LINE.place(index)
    assert (item.clip, number) == place


def test_another_rate_stretches_time_and_leaves_out_no_frame() -> None:
    slow = Timeline([Item(A)], CLIPS, 5.0)
    assert (slow.frames, slow.seconds) == (30, 6.0)
    assert slow.index_at(1.0) == 5


@given(st.integers(0, 1000))
def test_a_frame_is_the_newest_when_it_is_due(index: int) -> None:
    assert LINE.index_at(LINE.second_of(index)) == index
