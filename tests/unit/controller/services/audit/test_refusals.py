"""Whoever is refused a thousand times is on record, and fills no disk."""

from pathlib import Path

import pytest
from lamplighter_controller.services.audit.audit_log import Attempt
from lamplighter_controller.services.audit.refusals import (
    MOST_KINDS,
    MOST_STRANGERS,
    OTHERS,
    STRANGERS_TOGETHER_S,
    TOGETHER_S,
)

from tests.simulators.controller_rig import Rig

ATTEMPT = Attempt("retire_device", "device:cam-1", "eve", "10.0.0.9")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, [])


def outcomes(rig: Rig) -> list[tuple[str, int]]:
    """Operation and how often, as they are on record."""
    entries = rig.store.audit_records()
    assert rig.services.audit.verify().is_sound
    return [
        (entry.operation, int(entry.text.split('"times":')[1].split(",")[0])) for entry in entries
    ]


def test_the_first_is_noted_at_once_and_the_rest_of_the_minute_together(rig: Rig) -> None:
    refusals = rig.services.refusals
    for _ in range(1000):
        refusals.note(ATTEMPT, "this needs the role admin")
    assert outcomes(rig) == [("retire_device", 1)]
    rig.clock.advance(TOGETHER_S)
    refusals.flush()
    refusals.flush()
    assert outcomes(rig) == [("retire_device", 1), ("retire_device", 999)]


def test_a_source_that_tries_everything_is_told_apart_so_far(rig: Rig) -> None:
    for number in range(500):
        attempt = Attempt("show_device", f"device:cam-{number}", "eve", "10.0.0.9")
        rig.services.refusals.note(attempt, "not permitted")
    assert [name for name, _ in outcomes(rig)] == ["show_device"] * MOST_KINDS + [OTHERS]


def test_who_does_not_even_get_to_ask_is_noted_on_the_deciding_thread(rig: Rig) -> None:
    for _ in range(3):
        rig.services.refusals.note_stranger("10.0.0.9", "TLS: unknown ca")
    assert outcomes(rig) == [], "whoever says so waits for no database"
    rig.settle()
    assert outcomes(rig) == [("connect", 1)]
    rig.clock.advance(STRANGERS_TOGETHER_S)
    rig.services.refusals.flush()
    assert outcomes(rig) == [("connect", 1), ("connect", 2)]


def test_strangers_from_everywhere_share_a_bound_and_keep_no_user_out_of_it(rig: Rig) -> None:
    for number in range(10_000):
        stranger = Attempt("enrol", "", "", f"2001:db8::{number:x}")
        rig.services.refusals.note(stranger, "the token is not known here")
    rig.services.refusals.note(ATTEMPT, "this needs the role admin")
    rig.settle()
    assert len(outcomes(rig)) == MOST_STRANGERS + 2, "those told apart, the others, and a user"
    assert outcomes(rig).count((OTHERS, 1)) == 1
    rig.clock.advance(STRANGERS_TOGETHER_S)
    rig.services.refusals.flush()
    assert outcomes(rig)[-1] == (OTHERS, 10_000 - MOST_STRANGERS - 1)
