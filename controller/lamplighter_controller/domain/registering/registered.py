"""What a device is registered as, and what an inventory changes of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_wire.command_line.shown_addresses import shown_address
from msgspec import UNSET

GROUP = "group"
LIMITS = ("latency_p95_ms", "power_w", "memory_bytes")
WILD = "*?"


@dataclass(frozen=True)
class Registered:
    """Site, labels, limits and camera of a device."""

    site: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    objective: Mapping[str, float] = field(default_factory=dict)
    camera: str = ""


def is_pattern(name: str) -> bool:
    """Whether it stands for several devices."""
    return any(sign in name for sign in WILD)


def pattern_for(device: str, names: Iterable[str]) -> str | None:
    """The name that a device is registered under: its own, else the longest pattern that fits."""
    fitting = [n for n in names if n == device or (is_pattern(n) and fnmatchcase(device, n))]
    return min(fitting, key=lambda name: (name != device, -len(name), name), default=None)


def changed(before: Registered, entry: InventoryEntry) -> Registered:
    """With what an entry says; the rest stays."""
    return replace(
        before,
        site=before.site if entry.site is UNSET else entry.site,
        camera=before.camera if entry.camera is UNSET else entry.camera,
        labels=_labels(before.labels, entry),
        objective=_objective(before.objective, entry),
    )


def differences(before: Registered, after: Registered) -> list[str]:
    """What became another, in words; of a camera's address nothing secret."""
    texts = [_words("site", before.site, after.site)]
    texts += _each("label ", before.labels, after.labels)
    texts += _each("", before.objective, after.objective)
    if before.camera != after.camera:
        shown = shown_address(before.camera), shown_address(after.camera)
        texts.append("camera: its secrets" if shown[0] == shown[1] else _words("camera", *shown))
    return [text for text in texts if text]


def _labels(before: Mapping[str, str], entry: InventoryEntry) -> dict[str, str]:
    labels = dict(before) if entry.labels is UNSET else dict(entry.labels)
    if entry.group is UNSET:
        return labels
    labels.pop(GROUP, None)
    return labels | ({GROUP: entry.group} if entry.group else {})


def _objective(before: Mapping[str, float], entry: InventoryEntry) -> dict[str, float]:
    given = {name: getattr(entry, name) for name in LIMITS}
    kept = {name: value for name, value in before.items() if given.get(name, UNSET) is UNSET}
    set_ = {name: v for name, v in given.items() if v is not UNSET and v is not None}
    return kept | {n: int(v) if n == "memory_bytes" else v for n, v in set_.items()}


def _each(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = sorted({*before, *after})
    return [_words(f"{what}{name}", before.get(name), after.get(name)) for name in names]


def _words(what: str, before: Any, after: Any) -> str:
    texts = ["-" if value in (None, "") else str(value) for value in (before, after)]
    return "" if before == after else f"{what}: {texts[0]} -> {texts[1]}"
