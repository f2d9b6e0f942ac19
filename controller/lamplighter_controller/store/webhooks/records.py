"""What the store keeps of webhooks."""

from lamplighter_controller.store.records import Record


class WebhookRecord(Record, frozen=True, kw_only=True):
    """Whom to tell, and how it went so far."""

    id: str
    url: str
    secret: str
    severity: str  # the least that is told: info, warning or error
    about: str = ""
    created_at: float = 0.0
    created_by: str = ""
    delivered_at: float = 0.0  # the last that was taken; 0: none yet
    failures: int = 0  # in a row
    trouble: str = ""  # of the last try; empty: it was taken
    ended_at: float | None = None  # its receiver has said that it is gone


class DeliveryRecord(Record, frozen=True, kw_only=True):
    """What is to be told to one webhook."""

    id: int = 0
    webhook: str
    message: str  # its id for the receiver
    body: str
    created_at: float
    due_at: float
    failures: int = 0


class OpenNoticeRecord(Record, frozen=True, kw_only=True):
    """A notice that was told to have begun, and not to have ended."""

    device: str
    kind: str
    severity: str
    text: str
    since: float
