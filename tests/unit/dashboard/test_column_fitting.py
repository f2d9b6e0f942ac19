"""Columns are cut and left out so that the rest fits."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_dashboard.widgets.lists.column_fitting import LEAST_CELLS, fitted


def test_columns_are_cut_first_then_left_out_one_by_one() -> None:
    widths = [10, 20, 60]
    assert fitted(widths, 90, [2], [1]) == [10, 20, 60]
    assert fitted(widths, 50, [2], [1]) == [10, 20, 20]
    assert fitted(widths, 43, [2], [1]) == [10, 0, 33]
    assert fitted(widths, 20, [2], [1]) == [10, 0, 60], "nothing more may be done"
    assert fitted(widths, 56, [2], [1], around=2) == [10, 20, 20]
    assert fitted(widths, 75, [2], [], [1]) == [10, 0, 60], "a spare one before anything is cut"
    assert fitted(widths, 60, [2], [], [1]) == [10, 0, 50]
    assert fitted(widths, 90, [2], [], [1]) == [10, 20, 60]


def test_what_is_cut_shares_the_room_and_short_texts_keep_theirs() -> None:
    assert fitted([10, 80, 16, 80], 106, [1, 2, 3], []) == [10, 40, 16, 40]


@given(
    st.lists(st.integers(0, 120), min_size=1, max_size=8),
    st.integers(0, 300),
    st.data(),
)
def test_nothing_is_wider_than_the_room_while_something_can_be_done(
    widths: list[int], room: int, data: st.DataObject
) -> None:
    columns = st.lists(st.integers(0, len(widths) - 1), unique=True)
    cut, dropped = data.draw(columns), data.draw(columns)
    found = fitted(widths, room, cut, dropped, around=1)
    assert all(wide <= most for wide, most in zip(found, widths, strict=True))
    kept = [i for i in range(len(widths)) if i not in dropped]
    least = sum(min(widths[i], LEAST_CELLS) if i in cut else widths[i] for i in kept)
    if least + len(widths) <= room and not (cut and sum(1 for i in kept if i in cut) > 1):
        assert sum(found) <= room
    for i, wide in enumerate(found):
        assert wide == widths[i] or i in cut or i in dropped
