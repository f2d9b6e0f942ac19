"""What is wrong with the controller comes first."""

from lamplighter_dashboard.words.checkup import by_weight, standing
from lamplighter_wire.machine.checkup import failed, ok, skipped, warning

WELL, LATE = ok("clock", "", "right"), warning("disk", "", "nearly full", "make room")
BROKEN, NONE = failed("broker", "", "away", "start it"), skipped("firewall", "", "none")


def test_the_worst_comes_first() -> None:
    assert by_weight([NONE, WELL, LATE, BROKEN]) == [BROKEN, LATE, WELL, NONE]


def test_all_of_it_in_a_few_words() -> None:
    assert standing([WELL, NONE]) == ("● all is well", "well")
    assert standing([WELL, LATE]) == ("▲ 1 to look at", "warning")
    assert standing([LATE, BROKEN]) == ("✖ 1 broken, 1 to look at", "error")
