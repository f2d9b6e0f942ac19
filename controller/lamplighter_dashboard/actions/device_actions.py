"""What can be done to devices. Pure: each says what follows, and which requests do it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.documents import Device, PlanAnswer, RolledBack
from lamplighter_client.documents.requests import ObjectiveBody, OverrideBody, RollBackBody
from lamplighter_client.making.plan_words import acts

from lamplighter_dashboard.actions.plan_difference import became, difference
from lamplighter_dashboard.actions.proposal import (
    Became,
    Draft,
    Field,
    Given,
    NotYetError,
    Outlook,
    Proposal,
    hours,
    named,
    needed,
    settled,
)

REASON = Field("reason", "why; kept in the audit log")
HOURS = Field("hours", "for how many hours", "24")
LIMITS: Mapping[str, tuple[str, str, str]] = {
    "latency_p95_ms": ("p95 of a frame in ms", "p95", "ms"),
    "power_w": ("power of the device in W", "power", "W"),
}
"""Limits that are asked for: as a question, as a name, and their unit."""
QUOTES = "\"'\\"
"""Signs that stand for themselves within quotation marks only."""


def plan(device: Device, answer: PlanAnswer, now: float) -> Draft:
    """Act on what was planned by a dry run. `now`: wall time in seconds."""
    return settled(
        Proposal(
            title=f"Plan for {device.id}",
            effects=difference(device, answer, now),
            requests=[endpoints.make_plan(device.id, dry_run=False)] if acts(answer) else [],
            done=f"{device.id}: planned anew",
            answered=lambda made: became(device.id, answer, made, now),
        )
    )


def probe(devices: Sequence[str]) -> Draft:
    """Let them measure themselves again."""
    return settled(
        Proposal(
            title=f"Probe {named(devices)} again",
            effects=[
                "Each measures its own speed for about ten seconds, while it serves on.",
                "What it has refused before is forgotten, and a new plan follows.",
            ],
            requests=[endpoints.probe(name) for name in devices],
            done=f"{named(devices)}: asked to measure",
        )
    )


def hold(devices: Sequence[str]) -> Draft:
    """Tell them nothing new for a while."""
    effects = [
        "Nothing new is sent to it, whatever would be better; what it serves stays.",
        "Its own ladder goes on: it still answers a breach by itself.",
    ]
    return _override("hold", f"Hold {named(devices)}", devices, effects)


def pin(devices: Sequence[str], targets: Sequence[str], served: str = "") -> Draft:
    """Let them serve one variant or model, whatever would be better."""
    effects = [
        "It serves nothing but {target}, even where something else would be better.",
        "Where it does not serve that now, an update follows; it is tried on the device first.",
    ]
    target = Field("target", "variant, model, or MODEL@VERSION", served, targets)
    return _override("pin", f"Pin {named(devices)}", devices, effects, target)


def _override(
    kind: Literal["hold", "pin", "avoid"],
    title: str,
    devices: Sequence[str],
    effects: Sequence[str],
    target: Field | None = None,
) -> Draft:
    def build(given: Given) -> Proposal:
        wanted = needed(given, "target", "write to what it is pinned") if target else ""
        reason, life_s = needed(given, "reason", "write why"), hours(given)
        ends = f"It ends by itself after {given['hours'].strip()} hours; then it is decided anew."
        return Proposal(
            title=title,
            effects=[text.format(target=wanted) for text in effects] + [ends],
            requests=[
                group_endpoints.set_override(
                    OverrideBody(
                        kind=kind, target=wanted, device=name, reason=reason, life_s=life_s
                    )
                )
                for name in devices
            ],
            done=f"{named(devices)}: {kind} is set",
        )

    return Draft(title, build, [*([target] if target else []), REASON, HOURS])


def release(devices: Sequence[Device]) -> Draft:
    """End what was set for them by hand."""
    own = [(d.id, o) for d in devices for o in d.overrides if o.scope == f"device:{d.id}" and o.id]
    others = [o.scope for d in devices for o in d.overrides if o.scope != f"device:{d.id}"]
    effects = [f"{name}: {o.kind} {o.target} ({o.reason}) ends." for name, o in own]
    if not own:
        effects.append("Nothing is set for it by hand.")
    effects += [f"What is set for {scope} stays." for scope in sorted(set(others))]
    return settled(
        Proposal(
            title=f"Release {named([device.id for device in devices])}",
            effects=[*effects, "It is decided for anew."] if own else effects,
            requests=[group_endpoints.end_override(o.id) for _, o in own],
            done="released",
        )
    )


def roll_back(devices: Sequence[str]) -> Draft:
    """Each back to what it served well before."""
    title = f"Roll back {named(devices)}"

    def build(given: Given) -> Proposal:
        reason, life_s = needed(given, "reason", "write why"), hours(given)
        return Proposal(
            title=title,
            effects=[
                "Each goes back to what it served well before, and is pinned there for"
                f" {given['hours'].strip()} hours; then it is decided for anew.",
            ],
            requests=[
                group_endpoints.roll_back(RollBackBody(device=name, reason=reason, life_s=life_s))
                for name in devices
            ],
            done=f"{named(devices)}: rolled back",
            outlook=Outlook(group_endpoints.preview_roll_back(devices), ways_back),
            answered=rolled_back,
        )

    return Draft(title, build, [REASON, HOURS])


def ways_back(found: Sequence[RolledBack]) -> list[str]:
    """To what each goes back; those that do not, first."""
    left = [f"▲ {one.device} is left as it is: {one.why_not}." for one in found if one.why_not]
    going = [f"{one.device} → {one.variant}{_fetched(one)}" for one in found if not one.why_not]
    return [*left, *going]


def _fetched(one: RolledBack) -> str:
    return ", which it still holds" if one.is_held else ", which is sent to it"


def rolled_back(answer: Sequence[RolledBack]) -> Became:
    """What became of one of them."""
    left = [f"{one.device} is left as it is: {one.why_not}" for one in answer if one.why_not]
    if left or not answer:
        return Became("; ".join(left) or "nothing was rolled back", is_done=False)
    return Became("; ".join(f"{one.device} goes back to {one.variant}" for one in answer))


def label(devices: Sequence[Device]) -> Draft:
    """Set site and labels: of one device all of them, of several those that are written."""
    if len(devices) > 1:
        return _label_many(devices)
    title = f"Label {named([device.id for device in devices])}"
    first = devices[0] if devices else Device()
    labels = _labels_text(first.labels)

    def build(given: Given) -> Proposal:
        site, wanted = given.get("site", "").strip(), _labels(given.get("labels", ""))
        effects = [line for device in devices for line in _label_changes(device, site, wanted)]
        if not effects:
            raise NotYetError("nothing is changed")
        return Proposal(
            title=title,
            effects=[*effects, "Groups and policies that ask for these count from now on."],
            requests=[endpoints.label(d.id, labels=wanted, site=site) for d in devices],
            done="labelled",
        )

    fields = [
        Field("site", "where it stands", first.site),
        Field("labels", 'all of them, as key=value key="two words"', labels),
    ]
    return Draft(title, build, fields)


def _label_many(devices: Sequence[Device]) -> Draft:
    title = f"Label {named([device.id for device in devices])}"

    def build(given: Given) -> Proposal:
        site, changes = given.get("site", "").strip(), _labels(given.get("labels", ""))
        wanted = {
            one.id: (
                site or one.site,
                {key: value for key, value in (one.labels | changes).items() if value},
            )
            for one in devices
        }
        effects = [line for one in devices for line in _label_changes(one, *wanted[one.id])]
        if not effects:
            raise NotYetError("nothing is changed")
        return Proposal(
            title=title,
            effects=[*effects, "Groups and policies that ask for these count from now on."],
            requests=[
                endpoints.label(name, labels=labels, site=place)
                for name, (place, labels) in wanted.items()
            ],
            done="labelled",
        )

    fields = [
        Field("site", "where all of them stand; empty: as it is"),
        Field("labels", "to add or change, as key=value; key= takes one away"),
    ]
    return Draft(title, build, fields)


def _labels_text(labels: Mapping[str, str]) -> str:
    """As `_labels` reads them: in quotation marks where a blank or a sign is in them."""
    return " ".join(f"{_quoted(key)}={_quoted(labels[key])}" for key in sorted(labels))


def _quoted(text: str) -> str:
    if not any(letter.isspace() or letter in QUOTES for letter in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _labels(text: str) -> dict[str, str]:
    found = {}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise NotYetError(f"{text!r} has a quotation mark or \\ that is not ended") from error
    for word in words:
        key, sign, value = word.partition("=")
        if not (key and sign):
            raise NotYetError(f"{word!r} is no label: write key=value")
        found[key] = value
    return found


def _label_changes(device: Device, site: str, labels: dict[str, str]) -> list[str]:
    changes = []
    if device.site != site:
        changes.append(f"{device.id}: site {device.site or 'none'} → {site or 'none'}")
    for key in sorted({*device.labels, *labels}):
        was, will = device.labels.get(key), labels.get(key)
        if was != will:
            changes.append(f"{device.id}: {key} {was or 'none'} → {will or 'none'}")
    return changes


def limits(device: Device) -> Draft:
    """Set its own limits; those that are not asked for here stay as they are."""
    now = device.objective
    title = f"Limits of {device.id}"

    def build(given: Given) -> Proposal:
        wanted = _limits_wanted(now, given)
        if wanted == now:
            raise NotYetError("nothing is changed")
        return Proposal(
            title=title,
            effects=[
                f"{_limits_text(now)} → {_limits_text(wanted)}",
                "A tighter limit may cost accuracy: the plan that follows says how much (key p).",
            ],
            requests=[endpoints.label(device.id, objective=ObjectiveBody(**wanted))],
            done=f"{device.id}: limits are set",
        )

    fields = [
        Field(name, f"{about}; empty: the controller's, 0: none", _shown(now.get(name)))
        for name, (about, _, _) in LIMITS.items()
    ]
    return Draft(title, build, fields)


def _limits_wanted(now: Mapping[str, float], given: Given) -> dict[str, Any]:
    """All limits of a device's own, as a request has to give them: it replaces them all."""
    own = {name: _number(given, name) for name in LIMITS if given.get(name, "").strip()}
    return {name: value for name, value in now.items() if name not in LIMITS} | own


def _limits_text(limits: Mapping[str, float]) -> str:
    said = []
    for key, (_, name, unit) in LIMITS.items():
        limit = f"{limits[key]:g} {unit}" if key in limits else "the controller's"
        said.append(f"{name} {limit}")
    return ", ".join(said)


def _shown(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def _number(given: Given, name: str) -> float:
    try:
        value = float(given[name])
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise NotYetError(f"{name}: write a number, 0, or nothing")
    return value
