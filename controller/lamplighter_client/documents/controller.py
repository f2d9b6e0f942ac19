"""The controller itself: figures of its fleet, tokens, problems."""

from lamplighter_client.documents.base import Document


class Rollup(Document, frozen=True, kw_only=True):
    """The fleet in a few figures; rates and power are those of the last windows."""

    devices: int = 0
    online: int = 0
    deployments: dict[str, int] = {}  # outcome, "under way" or "none" -> devices
    variants: dict[str, int] = {}  # variant -> devices that serve it
    fps_demand: float = 0.0
    fps_served: float = 0.0
    power_w: float = 0.0
    frames_dropped: int = 0
    recompressions: dict[str, int] = {}  # AnswerKind -> answers
    jobs_running: int = 0


class EnrolmentToken(Document, frozen=True, kw_only=True):
    """A device's one-time token or code; its text is shown once, and empty in lists."""

    token: str = ""
    id: str = ""  # by which it is revoked
    device: str = ""
    created_at: float = 0.0
    expires_at: float = 0.0
    used_at: float | None = None  # None: it is open, unless it has ended


class ApiToken(Document, frozen=True, kw_only=True):
    """A bearer token of the API; its text is shown only once, and empty ever after."""

    token: str = ""
    id: str = ""  # by which it is revoked
    name: str = ""
    role: str = ""  # viewer | operator | admin
    scope: str = ""  # site:NAME or group:NAME; empty: the whole fleet
    created_at: float = 0.0
    expires_at: float | None = None  # None: never
    last_used_at: float | None = None  # to the minute; None: never


class AuthorityRotation(Document, frozen=True, kw_only=True):
    """How far it is that one authority takes another's place."""

    phase: str = ""  # none | overlap | switched
    version: int = 0  # of the authorities that devices are to know
    behind: list[str] = []  # devices that do not know them yet
    old: list[str] = []  # devices whose certificate is the old one's
    readers: list[str] = []  # that the next step cuts off, unless they are made anew


class SigningKeyRotation(Document, frozen=True, kw_only=True):
    """How far it is that one signing key takes another's place."""

    phase: str = ""  # none | overlap | switched
    version: int = 0  # of the keys that devices are to believe
    key: str = ""  # name of the one that signs
    other: str = ""  # of the one that counts beside; empty: none does
    behind: list[str] = []  # devices that do not believe them yet
    unable: list[str] = []  # those of them whose agent cannot follow
    unsigned: int = 0  # devices whose order is not signed by `key` yet


class Health(Document, frozen=True, kw_only=True):
    """Whether the API answers."""

    status: str = ""
    version: str = ""


class Webhook(Document, frozen=True, kw_only=True):
    """A program that is told what needs attention; its secret is shown only once."""

    id: str = ""
    url: str = ""
    secret: str = ""
    severity: str = ""  # the least that is told
    about: str = ""
    created_at: float = 0.0
    created_by: str = ""
    delivered_at: float = 0.0  # the last that was taken; 0: none yet
    failures: int = 0  # in a row
    trouble: str = ""  # of the last try; empty: it was taken
    ended_at: float | None = None  # its receiver has said that it is gone
    waiting: int = 0  # deliveries that wait


class Reader(Document, frozen=True, kw_only=True):
    """A program that reads at the broker; what it connects with is shown only once."""

    name: str = ""
    serial: str = ""
    created_at: float = 0.0
    created_by: str = ""
    ends_at: float = 0.0  # of its certificate
    ended_at: float | None = None
    certificate: str = ""  # PEM
    key: str = ""  # PEM
    authority: str = ""  # of the broker's certificate, PEM
    broker_host: str = ""
    broker_port: int = 0


class FieldError(Document, frozen=True, kw_only=True):
    """What is wrong with one field of a request, and what to write instead."""

    field: str = ""  # where it stands: "body.site", "query.limit", "header.if-match"
    detail: str = ""


class Problem(Document, frozen=True, kw_only=True):
    """Why a request was not carried out (RFC 9457)."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    errors: list[FieldError] = []  # of a request that is not in order
