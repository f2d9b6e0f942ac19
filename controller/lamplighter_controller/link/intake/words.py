"""Text of a device is short, printable and on one line before anybody keeps or shows it.

Names (kinds, phases, variants) have no characters but those of names, so that no protocol or markup
that they are put into takes one of them for its own. What is too long is cut, what is too many is
left out, and the rest of the message is kept.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from lamplighter_wire.words.printable import one_line

M = TypeVar("M", bound=msgspec.Struct)
Kept = Callable[[str], str]

MOST_NAME = 120
SHORTER = {"reason": 32, "kind": 60, "phase": 40, "agent_version": 80}
MOST_TEXT = 300
# The key of a table has no name.
OTHERWISE = {"text": 1000, "detail": 1000, "hint": 500, "": MOST_NAME}
CUT = "…"
# Of a list or table: a device has some cameras, variants, lines on the street.
MOST_ENTRIES = 512
FEWER = {"thresholds": 64, "axes": 16}
# Of lists and tables within each other, in what a device adds by itself.
MOST_DEPTH = 8
NAMES = frozenset(
    {
        *("kind", "phase", "reason", "trigger", "variant", "manifest", "order", "task"),
        *("agent_version", "machine", "source_state", "energy_source", "runtime"),
        *("light", "weather", "density", "resident", "damaged"),
    }
)
SEVERAL = frozenset({list, tuple, dict})
_NO_NAME = re.compile(r"[^A-Za-z0-9._@:+/-]")


def with_clean_words(message: M) -> tuple[M, list[str]]:
    """The message with clean texts, and the fields in which more was wrong than length or ends of
    lines, which honest devices send."""
    flaws: list[str] = []
    return _cleaned(message, flaws), flaws


def _cleaned(struct: M, flaws: list[str]) -> M:
    changes: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        kind = value.__class__
        if kind is str:
            if not _is_clean(name, value):
                changes[name] = _word(name, value, flaws)
        elif value and (kind in SEVERAL or isinstance(value, msgspec.Struct)):
            cleaned = _within(name, value, flaws, MOST_DEPTH)
            if cleaned is not value:
                changes[name] = cleaned
    return msgspec.structs.replace(struct, **changes) if changes else struct


def _within(name: str, value: Any, flaws: list[str], depth: int) -> Any:
    """The same of whatever a field holds; what lies too deep is left out."""
    if isinstance(value, str):
        return value if _is_clean(name, value) else _word(name, value, flaws)
    if isinstance(value, msgspec.Struct):
        return _cleaned(value, flaws)
    if not value or not isinstance(value, (list, tuple, dict)):
        return value
    if not depth:
        flaws.append(name)
        return type(value)()
    if isinstance(value, dict):
        return _table(name, value, flaws, depth)
    members = [_within(name, member, flaws, depth - 1) for member in _some(name, value, flaws)]
    is_same = len(members) == len(value) and all(
        new is old for new, old in zip(members, value, strict=True)
    )
    return value if is_same else type(value)(members)


def _table(name: str, value: dict[Any, Any], flaws: list[str], depth: int) -> dict[Any, Any]:
    entries = [
        (_within("", key, flaws, 0), _within(name, entry, flaws, depth - 1))
        for key, entry in _some(name, list(value.items()), flaws)
    ]
    is_same = len(entries) == len(value) and all(
        key in value and value[key] is entry for key, entry in entries
    )
    return value if is_same else dict(entries)


def _some(name: str, members: Any, flaws: list[str]) -> Any:
    most = FEWER.get(name, MOST_ENTRIES)
    if len(members) <= most:
        return members
    flaws.append(name)
    return members[:most]


def _is_clean(name: str, text: str) -> bool:
    if name in NAMES:
        return len(text) <= SHORTER.get(name, MOST_NAME) and _NO_NAME.search(text) is None
    return text.isprintable() and len(text) <= OTHERWISE.get(name, MOST_TEXT)


def _word(name: str, text: str, flaws: list[str]) -> str:
    """Cleaned: it is known that it needs to be."""
    if name in NAMES:
        flaws.append(name)
        return _NO_NAME.sub("_", text[: SHORTER.get(name, MOST_NAME)])
    most = OTHERWISE.get(name, MOST_TEXT)
    # A character may become none, so a little more than what is kept is looked at.
    shown = one_line(text[: 2 * most])
    if shown.split() != text[: 2 * most].split():
        flaws.append(name)
    return shown if len(shown) <= most else shown[: most - 1] + CUT
