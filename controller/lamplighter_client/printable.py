"""JSON of others as it may be shown."""

from typing import Any

import msgspec
from lamplighter_wire.words.printable import printable

# Deeper than any document of ours.
MOST_DEPTH = 32


def printable_json(content: bytes) -> bytes:
    """A JSON document, all texts of which are printable.

    Raises:
        ValueError: it is no JSON.
    """
    text = content.decode()
    if "\\" not in text and text.isprintable():
        return content
    return msgspec.json.encode(_cleaned(msgspec.json.decode(content), MOST_DEPTH))


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return printable(value)
    if depth and isinstance(value, list):
        return [_cleaned(member, depth - 1) for member in value]
    if depth and isinstance(value, dict):
        return {printable(key): _cleaned(entry, depth - 1) for key, entry in value.items()}
    return value if depth else None
