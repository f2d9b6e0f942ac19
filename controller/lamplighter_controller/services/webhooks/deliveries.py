"""What is to be told waits on disk, and is tried until it is taken or given up."""

import json
import logging
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.domain.webhooks.retries import GONE, wait_s
from lamplighter_controller.errors import WebhookError
from lamplighter_controller.link.webhooks.post import post
from lamplighter_controller.link.webhooks.signature import signed_headers
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.webhooks.records import DeliveryRecord, WebhookRecord
from lamplighter_controller.store.webhooks.stores import WebhookStore

log = logging.getLogger(__name__)

# Of each webhook; beyond it the oldest are left out.
MOST_WAITING = 1000
LOOK_S = 5.0
Post = Callable[..., int]


class Deliveries:
    """A thread of its own posts them, those of a webhook in their order.

    Args:
        may_be_local: whether a webhook may be on this machine.
    """

    def __init__(
        self,
        store: WebhookStore,
        events: EventLog,
        clock: Clock,
        *,
        may_be_local: bool,
        send: Post = post,
    ) -> None:
        self._store, self._events, self._clock = store, events, clock
        self.may_be_local, self._send = may_be_local, send
        self._counts: Counter[str] = Counter()
        self._changed = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Go on with what waits."""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop behind the one that is under way; the others wait on disk."""
        self._closing = True
        self._changed.set()
        if self._thread is not None:
            self._thread.join(15.0)

    def counts(self) -> dict[str, int]:
        """Taken, failed tries, given up and left out, since the start."""
        return dict(self._counts)

    def add(self, webhook: WebhookRecord, content: Mapping[str, Any]) -> None:
        """Let it be told; that is on disk when the transaction is."""
        message, now = f"msg_{secrets.token_hex(12)}", self._clock.time()
        body = json.dumps({"id": message} | dict(content))
        record = DeliveryRecord(
            webhook=webhook.id, message=message, body=body, created_at=now, due_at=now
        )
        left_out = self._store.add_delivery(record, MOST_WAITING)
        if left_out:
            self._counts["left_out"] += left_out
        self._store.after_commit(self._changed.set)

    def deliver_due(self) -> int:
        """Try the first of each webhook that is due; how many were tried."""
        now, tried = self._clock.time(), 0
        webhooks = {record.id: record for record in self._store.webhooks()}
        for delivery in self._store.next_deliveries():
            webhook = webhooks.get(delivery.webhook)
            if webhook is None or webhook.ended_at or delivery.due_at > now or self._closing:
                continue
            self._try(webhook, delivery)
            tried += 1
        return tried

    def _run(self) -> None:
        while not self._closing:
            self._changed.clear()
            try:
                while self.deliver_due() and not self._closing:
                    pass
            except Exception:
                log.exception("webhooks cannot be told; tried again in %.0f s", LOOK_S)
            self._changed.wait(LOOK_S)

    def _try(self, webhook: WebhookRecord, delivery: DeliveryRecord) -> None:
        body, now = delivery.body.encode(), self._clock.time()
        headers = {"content-type": "application/json", "user-agent": "Lamplighter"}
        headers |= signed_headers(webhook.secret, delivery.message, int(now), body)
        trouble, status = "", 0
        try:
            status = self._send(webhook.url, headers, body, may_be_local=self.may_be_local)
        except (WebhookError, OSError) as error:
            trouble = str(error) or type(error).__name__
        if not trouble and not 200 <= status < 300:
            trouble = f"it answered with status {status}"
        with self._store.transaction():
            if trouble:
                self._failed(webhook, delivery, trouble, status)
            else:
                self._taken(webhook, delivery)

    def _taken(self, webhook: WebhookRecord, delivery: DeliveryRecord) -> None:
        self._counts["taken"] += 1
        self._store.delete_delivery(delivery.id)
        self._save(webhook, delivered_at=self._clock.time(), failures=0, trouble="")

    def _failed(
        self, webhook: WebhookRecord, delivery: DeliveryRecord, trouble: str, status: int
    ) -> None:
        self._counts["failed"] += 1
        failures, now = delivery.failures + 1, self._clock.time()
        again_s = wait_s(failures, random.random())  # noqa: S311 - no secret
        if status == GONE:
            self._save(webhook, ended_at=now, trouble=trouble)
            self._tell(work_sentences.webhook_over(_name(webhook)))
        elif again_s is None:
            self._counts["given_up"] += 1
            self._store.delete_delivery(delivery.id)
            self._save(webhook, failures=webhook.failures + 1, trouble=trouble)
            self._tell(work_sentences.webhook(_name(webhook), trouble[:200]))
        else:
            later = msgspec.structs.replace(delivery, failures=failures, due_at=now + again_s)
            self._store.put_delivery(later)
            self._save(webhook, failures=webhook.failures + 1, trouble=trouble)

    def _save(self, webhook: WebhookRecord, **changes: Any) -> None:
        """It may have been deleted meanwhile."""
        if any(record.id == webhook.id for record in self._store.webhooks()):
            self._store.put_webhook(msgspec.structs.replace(webhook, **changes))

    def _tell(self, text: Sentence) -> None:
        self._events.add(ControllerEvent.WEBHOOK, text, severity=Severity.WARNING)


def _name(webhook: WebhookRecord) -> str:
    """What its owner calls it, or its host: the rest of an address may be a secret."""
    return webhook.about or f"to {urlsplit(webhook.url).hostname}"
