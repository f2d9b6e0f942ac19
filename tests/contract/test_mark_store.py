"""What operators say of notices is kept with its end, on every database."""

import msgspec
import pytest
from lamplighter_controller.domain.attention.marks import MarkKind
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.attention.records import MarkRecord
from lamplighter_controller.store.base import Store

KNOWN = MarkRecord(kind=MarkKind.ACKNOWLEDGE, device="cam-1", notice="offline", reason="seen to")
MUTED = MarkRecord(kind=MarkKind.MUTE, device="cam-2", reason="road works", by="ops", until=9.0)


def test_marks_newest_first(store: Store) -> None:
    first, second = store.add_mark(KNOWN), store.add_mark(MUTED)
    assert (first.id, second.id) == (1, 2)
    assert store.marks() == store.marks(open_at=8.0) == [second, first]
    assert store.marks(open_at=9.0) == [first]
    assert store.marks(limit=1) == [second]
    ended = msgspec.structs.replace(first, ended_at=5.0, ended_by="ops")
    store.put_mark(ended)
    assert store.marks(open_at=8.0) == [second]
    assert store.marks(open_at=9.0) == [], "its time is over"
    assert store.marks() == [second, ended]
    assert store.mark(1) == ended
    with pytest.raises(NotFoundError, match="attention list"):
        store.mark(3)


def test_a_mark_counts_as_a_write_to_its_device(store: Store) -> None:
    before = store.changed_devices(0).mark
    kept = store.add_mark(KNOWN)
    assert store.changed_devices(before).devices == ["cam-1"]
    before = store.changed_devices(before).mark
    store.put_mark(msgspec.structs.replace(kept, ended_at=5.0))
    assert store.changed_devices(before).devices == ["cam-1"]
