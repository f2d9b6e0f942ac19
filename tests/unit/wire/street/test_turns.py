"""Movements from one line to another beside those over a line."""

from lamplighter_wire.street.turns import crossings, is_turn, turn_name


def test_who_turned_has_crossed_two_lines_and_counts_as_no_third() -> None:
    turn = turn_name("north", "east")
    assert is_turn(turn)
    assert not is_turn("north/in")
    counts = {"north/in": {"car": 2, "bus": 1}, "east/out": {"car": 2}, turn: {"car": 2}}
    assert crossings(counts) == 5
