"""Which intervals of the table of counts rest on an estimate."""

import pytest
from lamplighter_cli.commands.fleet.counts import write_table
from lamplighter_client.documents.street.intervals import StreetCount

Captured = pytest.CaptureFixture[str]


def interval(number: int, regime: str, *notes: str) -> StreetCount:
    return StreetCount(
        start=1.8e9 + 900 * number,
        seconds=900.0,
        counts={"north/in": {"car": 1}},
        watched_s=900.0,
        regimes_s={regime: 900.0},
        notes=list(notes),
    )


def test_those_that_rest_on_an_estimate_are_marked_where_others_do_not(capsys: Captured) -> None:
    unproven = "counts were never measured in night-rain-jam"
    listed = [interval(0, "day-dry-free"), interval(1, "night-rain-jam", unproven)]
    write_table(listed, 1.9e9, by_movement=False)
    _, day, night, once = capsys.readouterr().out.splitlines()[:4]
    assert (day.split()[-2:], night.split()[-2:]) == (
        ["day-dry-free", "-"],
        ["night-rain-jam~", "-"],
    )
    assert once.startswith(f"~: {unproven}: ")
    write_table(listed[1:], 1.9e9, by_movement=False)
    _, night, once = capsys.readouterr().out.splitlines()[:3]
    assert night.split()[-2:] == ["night-rain-jam", "-"], "all do"
    assert once.startswith(unproven)
