"""Events, each once and in order."""

import pytest
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    EventRecord,
)
from lamplighter_controller.store.telemetry.event_selection import EventSelection
from lamplighter_wire.enums import Severity


def test_events_are_numbered_and_not_doubled(store: Store) -> None:
    event = EventRecord(device="cam-1", seq=4, at=1.0, kind="breach", data={"p95": 80.0})
    first = store.add_event(event)
    assert first is not None
    assert first.id > 0
    assert store.add_event(event) is None
    own = store.add_event(EventRecord(kind="started"))
    assert own is not None
    assert store.events() == [first, own]
    assert store.events(device="cam-1") == [first]
    assert store.events(after=first.id) == [own]
    assert store.events(limit=1) == [own]


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (EventSelection(), [1, 2, 3, 4]),
        (EventSelection(words=["CAM-1"]), [1, 3]),
        (EventSelection(words=["cam-1", "limit"]), [3]),
        (EventSelection(words=["controller"]), [4]),
        (EventSelection(words=["workload_"]), [1]),
        (EventSelection(words=["100%_"]), []),
        (EventSelection(words=["100% of"]), [2]),
        (EventSelection(least=Severity.WARNING), [2, 3]),
        (EventSelection(least=Severity.ERROR), [3]),
        (EventSelection(kinds=["breach", "started"]), [3, 4]),
        (EventSelection(since=20.0), [2, 3, 4]),
        (EventSelection(since=20.0, until=30.0), [2]),
        (EventSelection(before=3), [1, 2]),
        (EventSelection(words=["cam"], before=3, since=20.0), [2]),
    ],
)
def test_events_are_chosen_by_words_severity_kind_time_and_place(
    store: Store, selection: EventSelection, numbers: list[int]
) -> None:
    kept = [
        EventRecord(device="cam-1", seq=1, at=10.0, kind="workload_shift", text="Day to Night"),
        EventRecord(
            device="cam-2",
            seq=1,
            at=20.0,
            kind="lost",
            severity=Severity.WARNING,
            text="100% of it",
        ),
        EventRecord(
            device="cam-1", seq=2, at=30.0, kind="breach", severity=Severity.ERROR, text="a limit"
        ),
        EventRecord(at=40.0, kind="started"),
    ]
    for event in kept:
        store.add_event(event)
    assert [one.id for one in store.events(selection=selection)] == numbers
    behind = store.events(after=1, limit=2, selection=selection)
    assert [one.id for one in behind] == [n for n in numbers if n > 1][:2]
    newest = store.events(limit=1, selection=selection)
    assert [one.id for one in newest] == numbers[-1:]
