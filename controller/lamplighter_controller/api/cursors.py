"""Cursors: where a list goes on, as text that is good for nothing else."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query
from lamplighter_client.documents import FieldError

from lamplighter_controller.errors import InvalidError

T = TypeVar("T")
MAX_CHARS = 400

Cursor = Annotated[
    str,
    Query(
        max_length=MAX_CHARS,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Where the list goes on, from the header `Link` of the page before.",
    ),
]


def write_cursor(place: Any) -> str:
    """A place in a list as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(text: str, kind: type[T]) -> T | None:
    """The place of a cursor; None of an empty one.

    Raises:
        InvalidError: it is not from a list of this kind.
    """
    if not text:
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(data, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        detail = "take it as it stands in the header Link of the page before"
        raise InvalidError.of([FieldError(field="query.after", detail=detail)]) from error
