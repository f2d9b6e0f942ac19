"""Webhooks over what they stand on."""

from dataclasses import dataclass

from lamplighter_wire.clock import Clock

from lamplighter_controller.services.attention.mark_changes import MarkChanges
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.webhooks.attention_watch import AttentionWatch
from lamplighter_controller.services.webhooks.deliveries import Deliveries
from lamplighter_controller.services.webhooks.webhooks import Webhooks
from lamplighter_controller.store.base import Store


@dataclass(frozen=True)
class WebhookServices:
    """What administrators do, and the threads that look and tell."""

    webhooks: Webhooks
    deliveries: Deliveries
    watch: AttentionWatch

    def start(self) -> None:
        """Both threads."""
        self.deliveries.start()
        self.watch.start()

    def close(self) -> None:
        """Both threads; what waits is on disk."""
        self.watch.close()
        self.deliveries.close()


def make_webhooks(
    store: Store,
    events: EventLog,
    health: Health,
    clock: Clock,
    marks: MarkChanges,
    *,
    may_be_local: bool,
) -> WebhookServices:
    """All parts of it."""
    deliveries = Deliveries(store, events, clock, may_be_local=may_be_local)
    watch = AttentionWatch(store, store, health, deliveries, clock, marks)
    return WebhookServices(Webhooks(store, clock, deliveries), deliveries, watch)
