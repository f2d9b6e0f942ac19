"""What a query may ask of devices, for completion and help: the language of groups."""

from collections.abc import Iterable, Mapping, Sequence

from lamplighter_client.documents import FleetRow

KEYS: Mapping[str, str] = {
    "id": "name of the device; cam-* for all that begin so",
    "site": "where it stands",
    "state": "online, offline or never",
    "seen": "since it was heard: seen>5m",
    "serving": "variant that it serves",
    "model": "network of the variant",
    "version": "of that network",
    "hardware": "class of devices with the same processor",
    "deployment": "none, underway, committed, rejected (refused), rolled_back or failed",
    "agent": "version of the agent",
    "machine": "x86_64, aarch64, …",
    "task": "what its networks are for",
    "cpu.cores": "how many cores",
    "cpu.quota": "how many of them it may use",
    "memory": "bytes that it may use: memory<2G",
    "disk": "bytes that are free",
    "camera.fps": "frame rate of all its cameras",
    "cameras": "how many cameras",
}
WORDS: Mapping[str, Sequence[str]] = {
    "state": ("online", "offline", "never"),
    "deployment": ("none", "underway", "committed", "rejected", "rolled_back", "failed"),
}
SIGNS = ("<=", ">=", "!=", "=", "<", ">")
_PLAIN = frozenset(' ()"|<>=!')


def values_of(rows: Iterable[FleetRow]) -> dict[str, set[str]]:
    """What is there of each key, labels included."""
    found: dict[str, set[str]] = {key: set(words) for key, words in WORDS.items()}
    for row in rows:
        named = {
            "site": row.site,
            "serving": row.variant,
            "model": row.model,
            "version": row.model_version,
            "hardware": row.hardware,
            "agent": row.agent,
            "machine": row.machine,
            **row.labels,
        }
        for key, value in named.items():
            if value:
                found.setdefault(key, set()).add(value)
    return found


def completed(text: str, known: Mapping[str, set[str]]) -> str | None:
    """The text with its last word written out; None: nothing fits."""
    begin = max(text.rfind(" "), text.rfind("(")) + 1
    word = text[begin:]
    key, sign, rest = _taken_apart(word)
    if not sign:
        keys = sorted({*KEYS, *known})
        fitting = next((name for name in keys if key and name.startswith(key)), None)
        return None if fitting in (None, key) else f"{text[:begin]}{fitting}"
    last = rest.rpartition("|")[2]
    values = sorted(known.get(key, ()))
    value = next((value for value in values if value.startswith(last)), None)
    if value is None or value == last:
        return None
    return text[: len(text) - len(last)] + quoted(value)


def quoted(value: str) -> str:
    """A value as it stands in a query."""
    is_plain = value and not _PLAIN & set(value) and value not in ("and", "or", "not")
    return value if is_plain else f'"{value}"'


def as_query(text: str, known: Iterable[str] = ()) -> str:
    """What is asked by a text: one word that is no key is the beginning of a name."""
    word = text.strip()
    is_word = bool(word) and not _PLAIN & set(word)
    if is_word and word not in KEYS and word not in known and not word.startswith("cpu."):
        return f"id={word.removesuffix('*')}*"
    return word


def _taken_apart(word: str) -> tuple[str, str, str]:
    for sign in SIGNS:
        key, found, rest = word.partition(sign)
        if found:
            return key, sign, rest
    return word, "", ""
