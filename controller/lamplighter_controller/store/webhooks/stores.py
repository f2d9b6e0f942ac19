"""What the controller asks of its database about webhooks."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from lamplighter_controller.store.webhooks.records import (
    DeliveryRecord,
    OpenNoticeRecord,
    WebhookRecord,
)


class WebhookStore(Protocol):
    """Webhooks, what they are still to be told, and what was told of."""

    def transaction(self) -> AbstractContextManager[object]:
        """What is written within is kept as a whole or not at all."""

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk."""

    def webhooks(self) -> list[WebhookRecord]:
        """All there are, the oldest first."""

    def webhook(self, webhook: str) -> WebhookRecord:
        """Raises NotFoundError where there is none with this id."""

    def put_webhook(self, record: WebhookRecord) -> None: ...

    def delete_webhook(self, webhook: str) -> None:
        """With all that it was to be told."""

    def add_delivery(self, record: DeliveryRecord, most: int) -> int:
        """Behind the others of its webhook; how many of the oldest went, so that `most` stay."""

    def next_deliveries(self) -> list[DeliveryRecord]:
        """The oldest of each webhook."""

    def waiting_deliveries(self) -> dict[str, int]:
        """Webhook -> how many wait."""

    def put_delivery(self, record: DeliveryRecord) -> None: ...

    def delete_delivery(self, number: int) -> None: ...

    def open_notices(self) -> list[OpenNoticeRecord]: ...

    def save_notices(
        self, begun: Sequence[OpenNoticeRecord], ended: Sequence[tuple[str, str]]
    ) -> None:
        """Those that have begun, and device and kind of those that have ended."""
