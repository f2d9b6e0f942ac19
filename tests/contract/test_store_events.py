"""Events, each once and in order."""

from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    EventRecord,
)


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
