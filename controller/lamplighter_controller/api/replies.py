"""What an operation returns, as JSON with the headers that go with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import Request
from fastapi.responses import Response

T = TypeVar("T")


@dataclass(frozen=True)
class Versioned(Generic[T]):
    """A document and its version, which goes out as its ETag."""

    document: T
    version: int


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list; `after` is the cursor of what follows, None at the end."""

    documents: Sequence[T]
    after: str | None = None


def response_of(request: Request, answer: Any, status: int) -> Response:
    """The response of an operation that returned `answer`."""
    match answer:
        case Response():
            return answer
        case Versioned():
            return _json(answer.document, status, {"ETag": f'"{answer.version}"'})
        case Page():
            return _json(answer.documents, status, _link(request, answer.after))
        case _:
            return _json(answer, status, {})


def _json(value: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def _link(request: Request, after: str | None) -> dict[str, str]:
    """The header `Link` (RFC 8288) of a page that is not the last."""
    if after is None:
        return {}
    following = dict(request.query_params) | {"after": after}
    return {"Link": f'<?{urlencode(following)}>; rel="next"'}
