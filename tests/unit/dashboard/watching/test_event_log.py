"""Events stay a stretch without a gap, and never become more than are kept."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_client.documents import Event
from lamplighter_dashboard.model.watching.event_log import EventLog

MOST, PAGE = 12, 5


def ids(log: EventLog) -> list[int]:
    return [event.id for event in log.events]


def page(first: int, last: int) -> list[Event]:
    return [Event(id=number) for number in range(first, last + 1)]


@given(st.integers(0, 40), st.lists(st.sampled_from(["news", "older"]), max_size=40))
def test_a_stretch_of_the_log_without_a_gap(known: int, steps: list[str]) -> None:
    """Against a log that is a range of numbers."""
    log, newest = EventLog(MOST), known
    first = max(1, known - PAGE + 1)
    log.begin(page(first, known), has_older=known >= PAGE)
    for step in steps:
        if step == "news":
            newest += 1
            log.take(Event(id=newest))
        elif log.has_older:
            first = max(1, log.oldest - PAGE)
            log.add_older(page(first, log.oldest - 1), has_older=log.oldest - first >= PAGE)
        assert len(log.events) <= MOST
        assert not log.events or ids(log) == list(range(log.oldest, log.events[-1].id + 1))
        shown_to = log.events[-1].id if log.events else 0
        assert log.waiting == newest - shown_to
        assert log.is_past is (log.waiting > 0)
        assert log.newest == newest


def test_what_repeats_an_outcome_is_known_and_not_shown() -> None:
    log = EventLog(MOST)
    repeated = Event(id=2, kind="deployment", data={"outcome": "committed"})
    log.begin([Event(id=1), repeated], has_older=False)
    log.take(Event(id=3, kind="deployment", data={"outcome": "failed"}))
    assert ids(log) == [1]
    assert (log.newest, log.oldest) == (3, 1)
