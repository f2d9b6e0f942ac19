"""What operators change of the policy is kept, on every database."""

from collections.abc import Iterator

import msgspec
import pytest
from lamplighter_controller.store.base import PolicyStore
from lamplighter_controller.store.records import PolicyRecord
from lamplighter_controller.store.sql import SqlStore


@pytest.fixture
def store(url: str) -> Iterator[PolicyStore]:
    opened = SqlStore(url)
    yield opened
    opened.close()


def test_a_policy_is_kept_by_scope(store: PolicyStore) -> None:
    assert store.policies() == []
    fleet = PolicyRecord(scope="fleet", values={"min_fps": 1.0}, version=2, changed_at=5.0)
    group = PolicyRecord(scope="label:group=depot", values={"ladder_rungs": 2}, model="m@2")
    store.put_policy(group)
    store.put_policy(fleet)
    assert store.policies() == [fleet, group]
    changed = msgspec.structs.replace(group, values={}, version=2)
    store.put_policy(changed)
    assert store.policies() == [fleet, changed]
