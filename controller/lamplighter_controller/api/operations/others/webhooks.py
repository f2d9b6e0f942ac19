"""Webhooks: programs of others that are told what needs attention."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends, Path, Request
from lamplighter_client.documents import Webhook
from lamplighter_client.documents.requests import WebhookBody

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.audit.changes import changed, ordered
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.store.webhooks.records import WebhookRecord

routes = Routes("webhooks", prefix="/webhooks")
WebhookPath = Annotated[
    str, Path(pattern="^[0-9a-f]{12}$", description="The webhook's id, as it is listed.")
]


@routes.get("", role="admin")
def list_webhooks(request: Request) -> list[Webhook]:
    """All webhooks without their secrets, and how many deliveries wait."""
    store = services(request).store
    waiting = store.waiting_deliveries()
    return [_document(record, waiting.get(record.id, 0)) for record in store.webhooks()]


@routes.post("", role="admin", status=201)
def create_webhook(
    request: Request, body: Annotated[WebhookBody, Depends(JsonBody(WebhookBody))]
) -> Webhook:
    """Tell a program at an address from now on; the secret is shown only here."""
    parts, who = services(request), bearer_name(request)
    record = changed(
        request,
        "webhook",
        lambda: parts.webhooks.webhooks.create(body.url, body.severity, body.about, who),
        shown=lambda made: _shown(made),
    )
    return msgspec.structs.replace(_document(record, 0), secret=record.secret)


@routes.post("/{webhook}/test", role="admin")
def test_webhook(request: Request, webhook: WebhookPath) -> Webhook:
    """Tell it that this is a test, soon."""
    parts = services(request)
    record = ordered(request, f"webhook:{webhook}", lambda: parts.webhooks.webhooks.test(webhook))
    return _document(record, parts.store.waiting_deliveries().get(webhook, 0))


@routes.delete("/{webhook}", role="admin")
def delete_webhook(request: Request, webhook: WebhookPath) -> Webhook:
    """Tell it nothing more, what waits included."""
    parts = services(request)
    record = changed(
        request,
        f"webhook:{webhook}",
        lambda: parts.webhooks.webhooks.delete(webhook),
        shown=lambda made: _shown(made),
    )
    return _document(record, 0)


def _document(record: WebhookRecord, waiting: int) -> Webhook:
    facts = {name: getattr(record, name) for name in record.__struct_fields__}
    return msgspec.convert(facts | {"secret": "", "waiting": waiting}, Webhook)


def _shown(record: WebhookRecord) -> dict[str, object]:
    """For the audit log; the path of an address is a key at many a chat's."""
    parts = urlsplit(record.url)
    shown = {name: getattr(record, name) for name in ("id", "severity", "about")}
    return shown | {"to": f"{parts.scheme}://{parts.hostname}"}
