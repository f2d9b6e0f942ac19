"""Clocks of answers count from the footage's own change."""

from lamplighter_client.documents import Clocks, Recompression
from lamplighter_demo.city.footage import timeline
from lamplighter_demo.report import schema
from lamplighter_demo.report.answers import noticed_s, recompression
from lamplighter_wire.messages import OperatingPoint

# The day begins at 40 and changes at 50.
LINE = timeline(0.0, 40.0, 10.0)


def answer(began_at: float, trigger: str = "shift") -> Recompression:
    clocks = Clocks(detected=1.0, serving=4.0)
    small = OperatingPoint(width=256, height=192)
    return Recompression(trigger=trigger, began_at=began_at, seconds=clocks, to_point=small)


def test_a_shift_counts_from_the_cut_before_its_evidence() -> None:
    told = recompression(answer(53.0), LINE)
    assert told.seconds == schema.Clocks(detected=4.0, serving=7.0)
    assert (told.from_size, told.to_size) == ("", "256x192")


def test_evidence_that_begins_just_before_the_cut_loses_nothing() -> None:
    assert recompression(answer(49.5), LINE).seconds.detected == 1.0


def test_a_breach_and_a_late_shift_count_from_their_evidence() -> None:
    assert recompression(answer(53.0, "breach"), LINE).seconds.detected == 1.0
    last = LINE.stretches[-1].start
    assert recompression(answer(last + 13.0), LINE).seconds.detected == 1.0


def test_what_devices_noticed_is_the_median_of_shifts() -> None:
    answers = [recompression(answer(at), LINE) for at in (51.0, 52.0, 55.0)]
    breach = recompression(answer(90.0, "breach"), LINE)
    assert noticed_s([*answers, breach]) == 3.0
    assert noticed_s([breach]) == 0.0
