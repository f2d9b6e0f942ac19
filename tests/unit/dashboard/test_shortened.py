"""What has no room is said to be left out."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_dashboard.words.shortened import shortened

REST = " … (more)"


def test_what_fits_stays_as_it_is() -> None:
    assert shortened("one\ntwo three", 20, 2, REST) == "one\ntwo three"


def test_a_cut_is_at_a_word_and_said() -> None:
    text = "the lamp at the corner went out, and nobody has seen the van that was parked there"
    assert shortened(text, 30, 2, REST).splitlines() == [
        "the lamp at the corner went",
        "out, and nobody has … (more)",
    ]


@given(st.text(st.sampled_from("ab \n"), max_size=200), st.integers(12, 40), st.integers(1, 4))
def test_it_never_takes_more_room(text: str, width: int, lines: int) -> None:
    shown = shortened(text, width, lines, REST)
    assert shown == text or (shown.endswith(REST) and len(shown.splitlines()) <= lines)
    assert shown == text or all(len(line) <= width for line in shown.splitlines())
