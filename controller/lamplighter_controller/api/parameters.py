"""What operations read of a request, each with its bounds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Header, Path, Query, Request
from lamplighter_client.documents import FieldError
from lamplighter_client.documents.bounds import (
    DEVICE_ID_PATTERN,
    END,
    PRINTABLE_PATTERN,
    remedy,
)

from lamplighter_controller.errors import InvalidError, MalformedError, TooLargeError

T = TypeVar("T")

MAX_BODY_BYTES = 64 * 1024
MAX_NUMBER = 2**63 - 1  # what the database counts with
MAX_SECONDS = 1e11  # wall clock; beyond the year 5000
MAX_LISTED = 5000  # answers stay below a few megabytes
# How msgspec says where: "… - at `$.labels[...]`", "… - at `key` in `$.labels`".
_PLACE = re.compile(r"(?P<text>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)

# The patterns of a query need no end of their own: its `$` is the end.
DEVICE_ID = DEVICE_ID_PATTERN.removesuffix(END) + "$"
PRINTABLE = PRINTABLE_PATTERN.removesuffix(END) + "$"
STREAM_ID = "^[a-z0-9-]{0,40}$"

DevicePath = Annotated[str, Path(pattern=DEVICE_ID, description="The device's id.")]
ApiTokenPath = Annotated[
    str, Path(pattern="^[0-9a-f]{12}$", description="The token's id, as it is listed.")
]
EnrolmentTokenPath = Annotated[
    str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", description="The token's id, as it is listed.")
]
BlobPath = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the blob, in hexadecimal.")
]
RangeHeader = Annotated[
    str, Header(pattern=r"^bytes=[0-9]{1,9}-[0-9]{0,9}$", description="`bytes=4096-`: from there.")
]
DeviceQuery = Annotated[str | None, Query(pattern=DEVICE_ID, description="Of this device only.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="At most so many.")]
StreamQuery = Annotated[
    str | None, Query(pattern=STREAM_ID, description="Of this stream only; empty: without a name.")
]
EventCursor = Annotated[
    int, Query(ge=0, le=MAX_NUMBER, description="Those after this id; 0: the newest.")
]
Since = Annotated[
    float,
    Query(
        ge=0, le=MAX_SECONDS, allow_inf_nan=False, description="Not before this wall-clock second."
    ),
]
Until = Annotated[
    float,
    Query(
        ge=0,
        le=MAX_SECONDS,
        allow_inf_nan=False,
        description="Before this wall-clock second; 0: up to now.",
    ),
]
IfMatch = Annotated[
    str,
    Header(
        pattern=r'^(\*|[0-9]{1,18}|"[0-9]{1,18}")$',
        description='The version that is to be changed, as in the ETag: `"3"`; `*`: any.',
    ),
]
LastEventId = Annotated[
    int | None, Header(ge=0, le=MAX_NUMBER, description="The last event that was received.")
]


def expected_version(if_match: str) -> int | None:
    """The version in If-Match; None where any will do."""
    return None if if_match == "*" else int(if_match.strip('"'))


@dataclass(frozen=True)
class JsonBody(Generic[T]):
    """A dependency: the request's body as a document.

    problems: of a body that is that document, what the document alone does not see; what is wrong
    by where it stands, such as "street".

    Raises:
        TooLargeError: more than `most_bytes`.
        MalformedError: not JSON.
        InvalidError: not that document.
    """

    kind: type[T]
    most_bytes: int = MAX_BODY_BYTES
    problems: Callable[[dict[str, Any]], Mapping[str, str]] | None = None

    async def __call__(self, request: Request) -> T:
        body = await _limited_body(request, self.most_bytes)
        try:
            document = msgspec.json.decode(body, type=self.kind)
        except msgspec.ValidationError as error:
            raise _invalid(str(error)) from error
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise MalformedError(f"the body must be a JSON object: {error}") from error
        problems = self.problems(msgspec.json.decode(body)) if self.problems else {}
        wrong = [FieldError(field=f"body.{at}", detail=text) for at, text in problems.items()]
        if wrong:
            raise InvalidError.of(wrong)
        return document


async def _limited_body(request: Request, most_bytes: int) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise TooLargeError(f"the body may have {most_bytes} bytes at most; send less")
    return body


def _invalid(message: str) -> InvalidError:
    match = _PLACE.fullmatch(message)
    text, path = (match["text"], match["path"] or "") if match else (message, "")
    return InvalidError.of([FieldError(field=f"body{path}", detail=remedy(text))])
