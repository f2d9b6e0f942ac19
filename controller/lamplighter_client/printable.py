"""Text of others as it may be shown: no line of it forges another, or speaks to the terminal."""

from typing import Any

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
KEPT = "\n\t"
# Deeper than any document of ours.
MOST_DEPTH = 32


def printable(text: str) -> str:
    """With a sign in the place of each character that is not printed: control characters, marks
    that turn the direction of writing, what has no width. Ends of lines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in KEPT else REPLACEMENT for c in text)


def one_line(text: str) -> str:
    """The same on one line: whatever separates lines and words is a space."""
    return text if text.isprintable() else printable(" ".join(text.split()))


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
