"""Webhooks and what they are to be told are kept, on every database."""

import msgspec
import pytest
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.webhooks.records import (
    DeliveryRecord,
    OpenNoticeRecord,
    WebhookRecord,
)

HOOK = WebhookRecord(id="a" * 12, url="https://desk.example/", secret="s", severity="warning")
OTHER = msgspec.structs.replace(HOOK, id="b" * 12, created_at=1.0, ended_at=2.0)
TOLD = DeliveryRecord(webhook=HOOK.id, message="m", body="{}", created_at=1.0, due_at=2.0)
NOTICE = OpenNoticeRecord(device="cam-1", kind="offline", severity="error", text="x", since=1.0)


def test_webhooks_and_deliveries_in_their_order(store: Store) -> None:
    for hook in (OTHER, HOOK):
        store.put_webhook(hook)
    assert store.webhooks() == [HOOK, OTHER]
    for message in ("first", "second"):
        store.add_delivery(msgspec.structs.replace(TOLD, message=message), 10)
    store.add_delivery(msgspec.structs.replace(TOLD, webhook=OTHER.id), 10)
    first, other = store.next_deliveries()
    assert (first.message, other.webhook) == ("first", OTHER.id)
    store.put_delivery(msgspec.structs.replace(first, failures=3, due_at=9.0))
    assert store.next_deliveries()[0].failures == 3
    store.delete_delivery(first.id)
    assert store.next_deliveries()[0].message == "second"
    assert store.waiting_deliveries() == {HOOK.id: 1, OTHER.id: 1}
    assert store.add_delivery(TOLD, 1) == 1
    store.delete_webhook(HOOK.id)
    assert store.waiting_deliveries() == {OTHER.id: 1}
    with pytest.raises(NotFoundError, match="webhook list"):
        store.webhook(HOOK.id)


def test_notices_begin_and_end(store: Store) -> None:
    store.save_notices([NOTICE], [])
    assert store.open_notices() == [NOTICE]
    worse = msgspec.structs.replace(NOTICE, text="y")
    store.save_notices([worse, msgspec.structs.replace(NOTICE, kind="dropped")], [])
    assert store.open_notices()[1] == worse
    store.save_notices([], [("cam-1", "offline"), ("cam-1", "none")])
    assert [notice.kind for notice in store.open_notices()] == ["dropped"]
