"""Webhooks and their deliveries."""

from collections.abc import Sequence

import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.rows import record_row
from lamplighter_controller.store.upserts import upsert
from lamplighter_controller.store.webhooks.records import (
    DeliveryRecord,
    OpenNoticeRecord,
    WebhookRecord,
)
from lamplighter_controller.store.webhooks.tables import deliveries, open_notices, webhooks


class SqlWebhooks(Part):
    """Implements `WebhookStore`."""

    def webhooks(self) -> list[WebhookRecord]:
        query = sa.select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
        return self._database.all(WebhookRecord, query)

    def webhook(self, webhook: str) -> WebhookRecord:
        query = sa.select(webhooks).where(webhooks.c.id == webhook)
        record = self._database.first(WebhookRecord, query)
        if record is None:
            raise NotFoundError(f"no webhook {webhook!r}; see: lamplighter webhook list")
        return record

    def put_webhook(self, record: WebhookRecord) -> None:
        self._database.put(webhooks, record)

    def delete_webhook(self, webhook: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(deliveries).where(deliveries.c.webhook == webhook))
            connection.execute(sa.delete(webhooks).where(webhooks.c.id == webhook))

    def add_delivery(self, record: DeliveryRecord, most: int) -> int:
        columns = deliveries.c
        with self._database.transaction() as connection:
            added = self._database.add_numbered(deliveries, record)
            kept = (
                sa.select(columns.id)
                .where(columns.webhook == record.webhook)
                .order_by(columns.id.desc())
                .limit(most)
            )
            where = (columns.webhook == record.webhook, columns.id.not_in(kept))
            return connection.execute(sa.delete(deliveries).where(*where)).rowcount if added else 0

    def next_deliveries(self) -> list[DeliveryRecord]:
        first = sa.select(sa.func.min(deliveries.c.id)).group_by(deliveries.c.webhook)
        query = sa.select(deliveries).where(deliveries.c.id.in_(first)).order_by(deliveries.c.id)
        return self._database.all(DeliveryRecord, query)

    def waiting_deliveries(self) -> dict[str, int]:
        query = sa.select(deliveries.c.webhook, sa.func.count()).group_by(deliveries.c.webhook)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def put_delivery(self, record: DeliveryRecord) -> None:
        self._database.put(deliveries, record)

    def delete_delivery(self, number: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(deliveries).where(deliveries.c.id == number))

    def open_notices(self) -> list[OpenNoticeRecord]:
        columns = open_notices.c
        query = sa.select(open_notices).order_by(columns.device, columns.kind)
        return self._database.all(OpenNoticeRecord, query)

    def save_notices(
        self, begun: Sequence[OpenNoticeRecord], ended: Sequence[tuple[str, str]]
    ) -> None:
        columns = open_notices.c
        with self._database.transaction() as connection:
            upsert(connection, open_notices, [record_row(record) for record in begun])
            for device, kind in ended:
                where = (columns.device == device, columns.kind == kind)
                connection.execute(sa.delete(open_notices).where(*where))
