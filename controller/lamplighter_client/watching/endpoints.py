"""What can be asked of the controller about who watches: webhooks, and readers at the broker."""

from lamplighter_client.documents import Reader, Webhook
from lamplighter_client.documents.requests import LeastSeverity, ReaderBody, WebhookBody
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def webhooks() -> ApiRequest[list[Webhook]]:
    """All webhooks, without their secrets."""
    return ApiRequest("/webhooks", list[Webhook])


def create_webhook(url: str, severity: LeastSeverity, about: str) -> ApiRequest[Webhook]:
    """Tell a program from now on; the answer has its secret."""
    body = WebhookBody(url=url, severity=severity, about=about)
    return ApiRequest("/webhooks", Webhook, method="POST", body=body)


def try_webhook(webhook: str) -> ApiRequest[Webhook]:
    """Tell it that this is a test."""
    return ApiRequest(f"{_of(webhook)}/test", Webhook, method="POST")


def delete_webhook(webhook: str) -> ApiRequest[Webhook]:
    """Tell it nothing more."""
    return ApiRequest(_of(webhook), Webhook, method="DELETE")


def _of(webhook: str) -> str:
    return f"/webhooks/{path_segment('webhook', webhook)}"


def readers() -> ApiRequest[list[Reader]]:
    """Who may read."""
    return ApiRequest("/readers", list[Reader])


def create_reader(name: str) -> ApiRequest[Reader]:
    """Let a program read; the answer has what it connects with."""
    return ApiRequest("/readers", Reader, method="POST", body=ReaderBody(name=name))


def end_reader(name: str) -> ApiRequest[Reader]:
    """Let it read nothing more."""
    return ApiRequest(f"/readers/{path_segment('reader', name)}", Reader, method="DELETE")
