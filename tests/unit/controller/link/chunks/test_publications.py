"""A chunk is published again for who has missed it, not for whom it is under way to."""

from math import inf, nan

import pytest
from lamplighter_controller.link.chunks.publications import (
    EACH_S,
    LISTENS_S,
    MOST_HOLD_S,
    REMEMBERED,
    Publications,
    began_to_listen,
)

CHUNK, NOW = "a" * 64, 1000.0


def due_at(known: Publications, sha: str) -> float:
    return known.due_at([sha], NOW)[sha]


@pytest.fixture
def known() -> Publications:
    """One device has heard all that was published since a while."""
    made = Publications()
    made.ask("cam", 0.0, NOW - 10)
    made.hear(["cam"], NOW - 10)
    return made


def test_who_listened_when_it_was_published_has_been_sent_it(known: Publications) -> None:
    known.publish(CHUNK, NOW - 1)
    assert known.is_under_way("cam", CHUNK, began_to_listen(2.0, NOW))
    assert not known.is_under_way("cam", CHUNK, began_to_listen(0.5, NOW))
    assert not known.is_under_way("cam", CHUNK, began_to_listen(0.0, NOW)), (
        "it asks again: it was lost"
    )
    assert not known.is_under_way("cam", "b" * 64, began_to_listen(2.0, NOW))


def test_who_was_not_permitted_then_has_missed_it(known: Publications) -> None:
    known.publish(CHUNK, NOW - 1)
    assert not known.is_under_way("new", CHUNK, began_to_listen(5.0, NOW))
    known.hear(["new"], NOW)
    assert not known.is_under_way("new", CHUNK, began_to_listen(5.0, NOW + 1))


@pytest.mark.parametrize("listening_s", [nan, inf, -inf, -1.0])
def test_an_absurd_time_counts_as_none(known: Publications, listening_s: float) -> None:
    known.publish(CHUNK, NOW - 1)
    assert not known.is_under_way("cam", CHUNK, began_to_listen(listening_s, NOW))


def test_who_was_silent_for_long_may_have_missed_all(known: Publications) -> None:
    later = NOW + LISTENS_S
    known.ask("other", 0.0, later)
    known.hear(["other"], later)
    known.publish(CHUNK, later + 1)
    assert not known.is_under_way("cam", CHUNK, began_to_listen(1e6, later + 2))


def test_a_lone_device_waits_for_nothing(known: Publications) -> None:
    known.ask("cam", 3.0, NOW)
    known.publish(CHUNK, NOW)
    assert due_at(known, CHUNK) <= NOW


def test_many_wait_for_each_other_and_no_longer_than_a_moment(known: Publications) -> None:
    for n in range(40):
        known.ask(f"cam-{n}", 0.0, NOW)
    known.publish(CHUNK, NOW)
    assert due_at(known, CHUNK) == pytest.approx(NOW + 40 * EACH_S)
    for n in range(40):
        known.ask(f"cam-{n}", 0.3, NOW)
    assert due_at(known, CHUNK) == pytest.approx(NOW + 0.6), "twice what delivery takes"
    for n in range(40):
        known.ask(f"cam-{n}", 1e308, NOW)
    assert due_at(known, CHUNK) == NOW + MOST_HOLD_S
    assert due_at(known, "b" * 64) < NOW, "it was never published"


def test_one_liar_delays_nobody(known: Publications) -> None:
    for n in range(4):
        known.ask(f"cam-{n}", 0.05, NOW)
    known.ask("liar", nan, NOW)
    known.ask("other-liar", 1e9, NOW)
    known.publish(CHUNK, NOW)
    assert due_at(known, CHUNK) == pytest.approx(NOW + 0.1)


def test_memory_is_bounded(known: Publications) -> None:
    for n in range(REMEMBERED + 1):
        known.publish(f"{n:064x}", NOW)
    assert not known.is_under_way("cam", f"{0:064x}", began_to_listen(5.0, NOW))
    assert known.is_under_way("cam", f"{1:064x}", began_to_listen(5.0, NOW))
