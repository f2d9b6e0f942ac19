"""Canaries beside the control group, and a rehearsal beside what became of it, in lines."""

from lamplighter_client.documents import Became, Forecast, Rehearsal, RolloutRehearsal, Spread
from lamplighter_client.documents.rollouts import CanaryChange, CanaryFigure
from lamplighter_dashboard.words.device_page import Words
from lamplighter_dashboard.words.rolling_out.canaries import canary_lines, rehearsal_lines


def text(words: Words) -> str:
    return "".join(part for part, _ in words)


def test_a_figure_says_by_how_much_and_between_what() -> None:
    one = CanaryFigure(
        name="latency",
        is_share=True,
        tolerance=0.2,
        state="harm",
        canaries=CanaryChange(median=0.31, low=0.25, high=0.4, looks=8),
        control=CanaryChange(median=0.02, looks=3),
    )
    told = text(canary_lines([one]))
    assert "✖ worse" in told
    assert "+31 % [+25 %, +40 %]" in told
    assert "control +2 % (of 3)" in told
    assert "bound +20 %" in told
    assert "No canary has the target" in text(canary_lines([]))


def test_what_was_rehearsed_stands_beside_what_became_of_it() -> None:
    forecast = Forecast(runs=20, finishes=0.95, seconds=Spread(middle=600.0, low=540.0, high=900.0))
    found = RolloutRehearsal(
        rehearsal=Rehearsal(forecast=forecast), real=Became(state="running", seconds=660.0)
    )
    told = text(rehearsal_lines(found))
    assert "10 min (9 min to 15 min)" in told
    assert "11 min" in told
    assert "it is running" in told
    assert "Not rehearsed" in text(rehearsal_lines(RolloutRehearsal()))
