"""How much was watched, and what is missing from when to when."""

import pytest
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.watched import (
    Gap,
    gaps,
    other_notes,
    reasons,
    short_notes,
    unproven_regimes,
    watched_share,
)

BEGIN = 1.8e9
LOST = "600 s are missing: the camera was lost for 600 s"


def interval(number: int, trouble: str = "", **more: object) -> StreetCount:
    fields: dict[str, object] = {
        "start": BEGIN + 900 * number,
        "seconds": 900.0,
        "trouble": trouble,
        "watched_s": 0.0 if trouble else 900.0,
    }
    return StreetCount(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trouble", "short"),
    [
        ("", []),
        ("it is not over yet", []),
        (LOST, ["the camera was lost"]),
        ("nothing was watched: the device told nothing", ["the device told nothing"]),
        (
            "890 s are missing: its frames failed for 10 s; the device told nothing for 880 s",
            ["its frames failed", "the device told nothing"],
        ),
        (
            "lines changed: others were in force for 600 s",
            ["lines changed: others were in force"],
        ),
    ],
)
def test_reasons_in_short(trouble: str, short: list[str]) -> None:
    assert reasons(trouble) == short


def test_what_is_missing_in_a_row_for_the_same_reason_is_one_gap() -> None:
    unserved = "nothing was watched: no model served it for 900 s"
    listed = [
        interval(0),
        interval(1, LOST),
        interval(2, LOST.replace("600", "300")),
        interval(3, unserved),
        interval(1, unserved, stream="b"),
        interval(3, unserved, stream="b"),
    ]
    assert gaps(listed) == [
        Gap("", BEGIN + 900, BEGIN + 2700, ("the camera was lost",)),
        Gap("b", BEGIN + 900, BEGIN + 1800, ("no model served it",)),
        Gap("", BEGIN + 2700, BEGIN + 3600, ("no model served it",)),
        Gap("b", BEGIN + 2700, BEGIN + 3600, ("no model served it",)),
    ]


def test_the_watched_share_is_of_the_time_that_has_passed() -> None:
    changed = [interval(1, LOST, street=1, watched_s=300.0), interval(1, street=2, watched_s=150.0)]
    listed = [interval(0), *changed]
    assert watched_share(listed, BEGIN + 9000) == 1350 / 1800
    assert watched_share(listed, BEGIN + 900 + 450) == 1.0
    assert watched_share([], BEGIN) == 0.0


def test_notes_are_told_once() -> None:
    trial = "a model was on trial for 40 s"
    listed = [
        interval(0, notes=[trial, "the model was swapped: 2 served"]),
        interval(1, notes=[trial]),
    ]
    assert short_notes(listed) == ["a model was on trial", "the model was swapped"]


def test_what_was_never_measured_is_one_note_of_all_regimes() -> None:
    swapped = "the model was swapped: 2 served"
    listed = [
        interval(0, notes=[swapped, "counts were never measured in night-dry-jam, night-rain-jam"]),
        interval(1, notes=["counts were never measured in day-dry-free"]),
        interval(2),
    ]
    regimes = ["day-dry-free", "night-dry-jam", "night-rain-jam"]
    assert unproven_regimes(listed) == regimes
    assert [other_notes(one) for one in listed] == [[swapped], [], []]
    assert short_notes(listed) == [
        "the model was swapped",
        f"counts were never measured in {', '.join(regimes)}",
    ]
