"""Trouble is reported when it comes and when it goes, and its time is counted."""

from lamplighter_controller.workshop.remote.trouble import Trouble
from lamplighter_wire.clock import ManualClock


def test_it_is_reported_once_however_it_is_worded() -> None:
    clock, reported = ManualClock(), []
    trouble = Trouble(clock)
    trouble.report = reported.append
    for text in ("", "is away", "refuses", "", ""):
        trouble.note(text)
    assert reported == ["is away", ""]


def test_who_comes_later_has_waited_for_less() -> None:
    clock = ManualClock()
    trouble = Trouble(clock)
    assert trouble.lasts_s(clock.monotonic()) == 0.0
    trouble.note("is away")
    clock.advance(10.0)
    late = clock.monotonic()
    clock.advance(5.0)
    assert trouble.lasts_s(0.0) == 15.0
    assert trouble.lasts_s(late) == 5.0
    trouble.note("")
    assert trouble.lasts_s(0.0) == 0.0
