"""What can be done to groups, and by them. Pure."""

from collections.abc import Sequence

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.documents import (
    Device,
    DeviceGroup,
    GroupFit,
    GroupPreview,
    PolicyPreview,
    PolicyThreshold,
)

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    NotYetError,
    Outlook,
    Proposal,
    needed,
    settled,
)
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.groups import (
    HOURS,
    MODEL,
    change_lines,
    in_force,
    named_lines,
    said_by,
    scope_of,
    set_text,
)

QUERY = "such as site=north and cpu.vnni and not pilot"
MOST_CHANGES = 8
SCALES = {"k": 1e3, "M": 1e6, "G": 1e9}


def create(query: str = "", name: str = "") -> Draft:
    """Keep a query under a name."""

    def build(given: Given) -> Proposal:
        named, asked = needed(given, "name", "write its name"), needed(given, "query", QUERY)
        return Proposal(
            title="A new group",
            effects=["Nothing is changed of any device before the group sets something."],
            requests=[group_endpoints.create_group(named, asked, given.get("about", "").strip())],
            done=f"group {named} is made",
            outlook=Outlook(group_endpoints.preview_query(asked), named_lines),
        )

    fields = [
        Field("name", "of the group", name),
        Field("query", QUERY, query),
        Field("about", "what it is for; may be empty"),
    ]
    return Draft("A new group", build, fields)


def change(group: DeviceGroup, sets: str) -> Draft:
    """Let a group name other devices. `sets`: what it sets for them, in words."""
    title = f"Group {group.name}"

    def build(given: Given) -> Proposal:
        asked, about = needed(given, "query", QUERY), given.get("about", "").strip()
        if (asked, about) == (group.query, group.about):
            raise NotYetError("nothing is changed")
        bound = f"Whom it names is bound by it: {sets}." if sets else "It sets nothing so far."
        return Proposal(
            title=title,
            effects=[bound],
            requests=[group_endpoints.change_group(group.name, asked, about, group.version)],
            done=f"group {group.name} is changed",
            outlook=Outlook(group_endpoints.preview_query(asked, group.name), change_lines),
        )

    fields = [Field("query", QUERY, group.query), Field("about", "what it is for", group.about)]
    return Draft(title, build, fields)


def delete(group: DeviceGroup, sets: str) -> Draft:
    """Forget a group. What it sets has to be ended before."""
    effects = [f"The query was: {group.query}"]
    if sets:
        effects.append(f"▲ It is refused while the group sets something: {sets}.")
    return settled(
        Proposal(
            title=f"Delete group {group.name}",
            effects=effects,
            requests=[group_endpoints.delete_group(group.name, group.version)],
            done=f"group {group.name} is deleted",
            word=group.name,
            outlook=Outlook(group_endpoints.group_devices(group.name), _left),
        )
    )


def _left(now: GroupPreview) -> list[str]:
    many = figures.count(now.matched, "device")
    return [f"Its name names nobody any more; its {many} stay as they are."]


def set_threshold(group: str, one: PolicyThreshold, models: Sequence[str]) -> Draft:
    """Set one thing for all devices of a group, or end what was set."""
    title = f"{one.name} for group {group}"
    is_own = one.source == scope_of(group)
    values = list(one.choices) or (list(models) if one.name == MODEL else [])

    def build(given: Given) -> Proposal:
        text = given.get("value", "").strip()
        wanted = _wanted(one, text)
        if wanted is None and not is_own:
            raise NotYetError(f"write a value; now {in_force(one)}, as {_source(one, group)} says")
        then = "what holds without it" if wanted is None else _then(one, wanted)
        request = endpoints.change_policy(scope_of(group), {one.name: wanted})
        preview = endpoints.preview_policy(scope_of(group), {one.name: wanted})
        return Proposal(
            title=title,
            effects=[f"{in_force(one)} ({_source(one, group)}) → {then}", one.about],
            requests=[request],
            done=f"group {group}: {one.name} is {'ended' if wanted is None else 'set'}",
            outlook=Outlook(preview, consequences),
        )

    ends = "; empty: end it" if is_own else ""
    unit = f" in {one.unit}" if one.unit and not one.choices else ""
    return Draft(title, build, [Field("value", f"{one.name}{unit}{ends}", _begun(one), values)])


def consequences(found: PolicyPreview) -> list[str]:
    """To how many devices a change of the policy matters, and what they would serve then."""
    whole = figures.count(found.concerned, "device")
    part = "" if found.examined == found.concerned else f", {found.examined} of them looked at"
    would = figures.count(len(found.changes), "device")
    lines = [f"It concerns {whole}{part}; {would} would serve something else."]
    lines += [
        f"{one.device}: {one.before or 'nothing'} → {one.after or 'nothing'}"
        for one in found.changes[:MOST_CHANGES]
    ]
    left = len(found.changes) - MOST_CHANGES
    return lines + ([f"and {left} more"] if left > 0 else [])


def move(devices: Sequence[Device], fits: Sequence[GroupFit]) -> Draft:
    """Bring devices into a group by their site and labels."""
    group = fits[0].group
    known = {device.id: device for device in devices}
    coming = [fit for fit in fits if fit.fits and not fit.is_in]
    effects = [line for fit in fits for line in _fit_lines(known[fit.device], fit)]
    return settled(
        Proposal(
            title=f"Move to group {group}",
            effects=effects + ([_bound(group, len(coming))] if coming else []),
            requests=[endpoints.label(f.device, labels=f.labels, site=f.site) for f in coming],
            done=f"{figures.count(len(coming), 'device')} moved to {group}",
        )
    )


def _bound(group: str, coming: int) -> str:
    return f"{figures.count(coming, 'device')} will be bound by what group {group} sets."


def _fit_lines(device: Device, fit: GroupFit) -> list[str]:
    if fit.is_in:
        return [f"{fit.device} is in it already."]
    if not fit.fits:
        return [f"▲ {fit.device} cannot be moved there: {'; '.join(fit.in_the_way)}."]
    lines = []
    if device.site != fit.site:
        lines.append(f"{fit.device}: site {device.site or 'none'} → {fit.site or 'none'}")
    for key in sorted({*device.labels, *fit.labels}):
        was, will = device.labels.get(key), fit.labels.get(key)
        if was != will:
            lines.append(f"{fit.device}: {key} {was or 'none'} → {will or 'none'}")
    lines += [f"   it leaves {', '.join(fit.leaves)}"] if fit.leaves else []
    also = [name for name in fit.enters if name != fit.group]
    return lines + ([f"   it comes into {', '.join(also)} as well"] if also else [])


def _source(one: PolicyThreshold, group: str) -> str:
    return said_by(one.source, group)


def _begun(one: PolicyThreshold) -> str:
    """What stands in the field."""
    if one.name == MODEL:
        return one.text
    return one.choices[int(one.value)] if one.choices else f"{one.value:g}"


def _then(one: PolicyThreshold, wanted: float | str) -> str:
    return wanted if isinstance(wanted, str) else set_text(one.name, wanted)


def _wanted(one: PolicyThreshold, text: str) -> float | str | None:
    """The value that was written; None: end it."""
    if not text:
        return None
    if one.name == MODEL:
        return text
    if one.choices:
        if text not in one.choices:
            raise NotYetError(f"write one of {', '.join(one.choices)}")
        return text
    value = _number(text)
    if value is None or not one.least <= value <= one.most:
        hint = ", 0 to 24" if one.name in HOURS else f", {one.least:g} to {one.most:g}"
        raise NotYetError(f"write a number{hint}; k, M and G are thousands")
    return value


def _number(text: str) -> float | None:
    scale = SCALES.get(text[-1:], 1.0)
    try:
        return float(text[:-1] if text[-1:] in SCALES else text) * scale
    except ValueError:
        return None
