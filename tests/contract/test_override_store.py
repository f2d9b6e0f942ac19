"""What is set by hand is kept with its end, on every database."""

import msgspec
import pytest
from lamplighter_controller.domain.overrides.overrides import OverrideKind
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.groups.records import OverrideRecord

HOLD = OverrideRecord(kind=OverrideKind.HOLD, scope="device:cam-1", reason="cleaned", until=9.0)
PIN = OverrideRecord(kind=OverrideKind.PIN, scope="group:north", target="v1", by="ops", at=1.0)


def test_overrides_newest_first(store: Store) -> None:
    first, second = store.add_override(HOLD), store.add_override(PIN)
    assert (first.id, second.id) == (1, 2)
    assert store.overrides() == [second, first]
    assert store.overrides(limit=1) == [second]
    ended = msgspec.structs.replace(first, ended_at=5.0, ended_by="ops")
    store.put_override(ended)
    assert store.overrides() == [second]
    assert store.overrides(ended=True) == [second, ended]
    assert store.override(1) == ended
    with pytest.raises(NotFoundError, match="override list"):
        store.override(3)
