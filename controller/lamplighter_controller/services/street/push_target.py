"""Where street counts are posted, and one request there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.ngsi_ld import Place

from lamplighter_controller.errors import InvalidError, WebhookError
from lamplighter_controller.link.webhooks.post import Answer, ask, checked_url

# Of an answer: enough to say what was refused, or to find a page of datastreams.
MOST_BYTES = 256 * 1024
# Statuses that are about what was posted, and not about who posts it where or when.
REFUSALS = (400, 413, 422)
Ask = Callable[..., Answer]
REMEDY = "write the token into it, or leave the setting empty"
PushFormat = Literal["ngsi-ld", "sensorthings"]


class Told(NamedTuple):
    """What is told of one device in one interval: each of its cameras once."""

    device: str
    place: Place
    counts: list[StreetCount]


class Refused(NamedTuple):
    """What cannot be told, and what the receiver says of it."""

    name: str
    why: str


@dataclass(frozen=True)
class PushTarget:
    """Where to; an empty `url`: nowhere.

    token_file: holds a bearer token; empty: none.
    may_be_local: whether it may be on this machine itself.
    form: what is posted there.
    """

    url: str = ""
    token_file: str = ""
    may_be_local: bool = False
    form: PushFormat = "ngsi-ld"


class AllRefusedError(WebhookError):
    """It answers, and takes nothing of what it is told: that ends when somebody mends it."""


class PushStanding(NamedTuple):
    """How it goes since the start, at an empty `url` not at all. Times are of the wall clock."""

    url: str = ""
    accepted_at: float | None = None  # something was taken there
    failing_since: float | None = None
    why: str = ""
    again_at: float | None = None  # it is tried again; None: within a minute
    aside: int = 0  # how many names it refuses, while it takes others
    aside_why: str = ""  # what was said of the last of them

    def failing(self, why: str, now: float, again_at: float | None = None) -> "PushStanding":
        """Since now, if it went well before."""
        since = now if self.failing_since is None else self.failing_since
        return self._replace(failing_since=since, why=why, again_at=again_at)

    def going_well(self) -> "PushStanding":
        """Nothing is left that would have to wait."""
        return self._replace(failing_since=None, why="", again_at=None)


def check_target(target: PushTarget) -> None:
    """Whether something can be posted there, as far as it is known at the start.

    Raises:
        InvalidError: names the setting and what it wants.
    """
    if not target.url:
        return
    try:
        checked_url(target.url, may_be_local=target.may_be_local)
    except InvalidError as error:
        raise InvalidError(f"street_push_url: {error}") from error
    if target.token_file and not _token_or_refusal(target.token_file):
        raise InvalidError(f"street_push_token: {target.token_file} is empty; {REMEDY}")


class Door:
    """Asks a target, under its token, until it is closed."""

    def __init__(
        self, target: PushTarget, ask: Ask = ask, is_closed: Callable[[], bool] = lambda: False
    ) -> None:
        self._target, self._ask, self._is_closed = target, ask, is_closed

    def post(self, document: Any, media_type: str, path: str = "") -> Answer:
        """Raises WebhookError: nobody answers, or it has to wait."""
        return self._asked("POST", path, json.dumps(document).encode(), media_type)

    def get(self, path: str) -> Any:
        """A document. Raises WebhookError: there is none."""
        answer = self._asked("GET", path, None)
        if answer.status != 200:
            raise waits(answer)
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise WebhookError(f"its answer to {path} is no JSON, or too long") from error

    def _asked(self, method: str, path: str, body: bytes | None, media_type: str = "") -> Answer:
        if self._is_closed():
            raise WebhookError("the controller stops")
        headers = {"user-agent": "Lamplighter", "accept": "application/json"}
        if media_type:
            headers["content-type"] = media_type
        if self._target.token_file:
            headers["authorization"] = f"Bearer {_token(self._target.token_file)}"
        return self._ask(
            method,
            self._target.url.rstrip("/") + path if path else self._target.url,
            headers,
            body,
            may_be_local=self._target.may_be_local,
            most_bytes=MOST_BYTES,
        )


def waits(answer: Answer) -> WebhookError:
    """What was posted is not taken now, whatever it is."""
    return WebhookError(f"it answered with status {answer.status}")


def said(answer: Answer) -> str:
    """Why something is refused, in the receiver's words: those of RFC 9457 where it has them."""
    try:
        problem = json.loads(answer.body)
    except ValueError:
        problem = None
    return f"status {answer.status}" + (f", {words(problem)}" if words(problem) else "")


def words(problem: Any) -> str:
    """Title and detail of a problem, or its message; empty where it has none."""
    if not isinstance(problem, dict):
        return ""
    told = [problem.get(name) for name in ("title", "detail", "message")]
    return ": ".join(one for one in told if isinstance(one, str) and one)[:200]


def _token_or_refusal(file: str) -> str:
    try:
        return _token(file)
    except WebhookError as error:
        raise InvalidError(f"{error}; {REMEDY}") from error


def _token(file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "it is no text"
        raise WebhookError(f"street_push_token: cannot read {file}: {why}") from error
