"""What groups set for their devices, and whose word counts. Pure."""

from collections.abc import Mapping, Sequence

from lamplighter_client.documents import FleetRow, GroupPreview, PolicyScope, PolicyThreshold
from lamplighter_wire.policy.choices import value_text

from lamplighter_dashboard.words import figures

GROUP, MODEL = "group:", "model"
SETS: Mapping[str, str] = {
    "objective": "what plans are to be good at",
    "latency_p95_ms": "p95 of a frame",
    "power_w": "power of the device",
    "memory_bytes": "memory of the agent",
    "release_from_hour": "changes are released from",
    "release_until_hour": "changes are released until",
    "release_days": "changes are released on",
    "device_bytes_a_day": "sent to a device in a day",
    "site_bytes_a_day": "sent to a site in a day",
    MODEL: "alone is served",
}
"""What a group is made for setting, in the order in which it is shown; any threshold may be set."""
HOURS = ("release_from_hour", "release_until_hour")
LIMITS = ("latency_p95_ms", "power_w", "memory_bytes")
BYTES = ("memory_bytes", "device_bytes_a_day", "site_bytes_a_day")
UNITS = {"latency_p95_ms": " ms", "power_w": " W"}


def scope_of(group: str) -> str:
    """As policies name it."""
    return GROUP + group


def set_text(name: str, value: float) -> str:
    """A value as it is read: "200 ms", "22:00", "none"."""
    if not value and name in LIMITS:
        return "as the settings say"
    if name in BYTES:
        return figures.mebibytes(value) if value else "any number"
    if name in HOURS:
        return f"{value:02.0f}:00"
    return value_text(name, value) + UNITS.get(name, "")


def values_of(scope: PolicyScope) -> dict[str, str]:
    """What a scope sets, as it is read, in the order of SETS."""
    found = {name: set_text(name, value) for name, value in scope.values.items()}
    if scope.model:
        found[MODEL] = scope.model
    order = list(SETS)
    return dict(sorted(found.items(), key=lambda one: _place(order, one[0])))


def _place(order: Sequence[str], name: str) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def sets_line(scope: PolicyScope | None) -> str:
    """All of it in a line; empty: it sets nothing."""
    found = values_of(scope) if scope else {}
    return ", ".join(f"{name} {value}" for name, value in found.items())


def in_force(threshold: PolicyThreshold) -> str:
    """The value that holds for a group."""
    if threshold.name == MODEL:
        return threshold.text or "any"
    return set_text(threshold.name, threshold.value)


def shown(thresholds: Sequence[PolicyThreshold], group: str) -> list[PolicyThreshold]:
    """Those that a group is made for, then whatever else it sets."""
    order = list(SETS)
    own = scope_of(group)
    kept = [one for one in thresholds if one.name in SETS or one.source == own]
    return sorted(kept, key=lambda one: _place(order, one.name))


def said_by(source: str, group: str) -> str:
    """Where a value comes from."""
    if source == scope_of(group):
        return "this group"
    return {"default": "the default", "settings": "the controller's settings"}.get(source, source)


def counts_before(
    row: FleetRow, group: str, scopes: Sequence[PolicyScope], names: Sequence[str]
) -> str:
    """What of a group's word does not count for a device, since a later one says it: groups behind
    it by name, then the device itself."""
    own: dict[str, str] = {}
    for scope in sorted(scopes, key=lambda one: (one.scope.startswith("device:"), one.scope)):
        name = scope.scope.removeprefix(GROUP)
        is_later = scope.scope.startswith(GROUP) and name > group and name in row.groups
        if is_later or scope.scope == f"device:{row.id}":
            own |= {key: scope.scope for key in values_of(scope) if key in names}
    return ", ".join(f"{key} by {scope}" for key, scope in own.items())


def named_lines(found: GroupPreview) -> list[str]:
    """Whom a query names, and what in it may be a mistake."""
    lines = [f"It names {figures.count(found.matched, 'device')}{_listed(found.devices)}."]
    return lines + [f"▲ {remark}" for remark in found.remarks]


def change_lines(found: GroupPreview) -> list[str]:
    """The same, and who comes into a group by it and goes out."""
    first, *remarks = named_lines(found)
    lines = [
        f"{figures.count(many, 'device')} {one if many == 1 else several}{_listed(names)}"
        for one, several, many, names in (
            ("comes in", "come in", found.entering, found.enters),
            ("goes out", "go out", found.leaving, found.leaves),
        )
        if many
    ]
    return [first, *(lines or ["Nobody comes in or goes out."]), *remarks]


def _listed(devices: Sequence[str]) -> str:
    most = 6
    more = ", …" if len(devices) > most else ""
    return f": {', '.join(devices[:most])}{more}" if devices else ""
