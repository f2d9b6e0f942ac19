"""Whom to tell: webhooks are added, tried and ended."""

import secrets

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.webhooks.post import checked_url
from lamplighter_controller.link.webhooks.signature import new_secret
from lamplighter_controller.services.webhooks.deliveries import Deliveries
from lamplighter_controller.store.webhooks.records import WebhookRecord
from lamplighter_controller.store.webhooks.stores import WebhookStore

MOST_WEBHOOKS = 16
TEST = "test"


class Webhooks:
    """What administrators do with webhooks; call it on the deciding thread."""

    def __init__(self, store: WebhookStore, clock: Clock, deliveries: Deliveries) -> None:
        self._store, self._clock, self._deliveries = store, clock, deliveries

    def create(self, url: str, severity: str, about: str, by: str) -> WebhookRecord:
        """Tell a program at `url` from now on; its secret is in the record.

        Raises:
            InvalidError: nothing can be posted there.
            ConflictError: there are as many as may be.
        """
        checked_url(url, may_be_local=self._deliveries.may_be_local)
        if len(self._store.webhooks()) >= MOST_WEBHOOKS:
            raise ConflictError(f"there are {MOST_WEBHOOKS} webhooks already; delete one first")
        record = WebhookRecord(
            id=secrets.token_hex(6),
            url=url,
            secret=new_secret(),
            severity=severity,
            about=about,
            created_at=self._clock.time(),
            created_by=by,
        )
        self._store.put_webhook(record)
        return record

    def delete(self, webhook: str) -> WebhookRecord:
        """Tell it nothing more. Raises NotFoundError."""
        record = self._store.webhook(webhook)
        self._store.delete_webhook(webhook)
        return record

    def test(self, webhook: str) -> WebhookRecord:
        """Tell it that this is a test; one that had ended is told again. Raises NotFoundError."""
        record = msgspec.structs.replace(self._store.webhook(webhook), ended_at=None)
        self._store.put_webhook(record)
        self._deliveries.add(record, {"type": TEST, "at": self._clock.time()})
        return record
