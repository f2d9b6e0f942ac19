"""Drafting a rollout: what it brings to whom, in which waves, and what stops it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lamplighter_client import group_endpoints, rollout_endpoints
from lamplighter_client.documents.requests import ObjectiveBody
from lamplighter_client.documents.rollouts import RolloutBody, RolloutSettings
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.typed.texts import settings_of
from lamplighter_wire.policy.device_settings import given as given_settings
from lamplighter_wire.topics import is_device_id
from msgspec import UNSET

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    NotYetError,
    Outlook,
    Proposal,
    needed,
)
from lamplighter_dashboard.actions.rolling_out.pacing import PACE, pace_of, pace_words
from lamplighter_dashboard.words.groups import named_lines
from lamplighter_dashboard.words.rolling_out.previews import preview_lines

MODEL, SETTINGS, AGENT = "model", "settings", "agent"
BRINGS = {
    MODEL: "A variant or a model, with limits if you like",
    SETTINGS: "Settings that devices take while they run",
    AGENT: "A version of the agent",
}
WHAT: dict[str, Sequence[Field]] = {
    MODEL: (
        Field("target", "a variant, a model, or MODEL@VERSION"),
        Field("p95 ms", "limit on p95 of a frame with it; empty: each device's own"),
        Field("watts", "power budget with it; empty: each device's own"),
    ),
    SETTINGS: (Field("settings", "NAME=VALUE, blanks between several, such as fps_cap=8"),),
    AGENT: (Field("version", "of the agent; it is installed by lamplighter provision due"),),
}
TITLE = "A new rollout"


@dataclass(frozen=True)
class Known:
    """Names that there are."""

    groups: Sequence[str] = ()
    targets: Sequence[str] = ()
    rollouts: Sequence[str] = ()


def draft_rollout(brings: str, known: Known, query: str = "") -> Draft:
    """Ask for all of it. `query`: what the fleet is asked for, to begin from."""

    def build(given: Given) -> Proposal:
        name = needed(given, "name", "write its name, such as june")
        if not is_device_id(name):
            raise NotYetError("name: use 1 to 40 of a-z, 0-9 and '-'")
        if name in known.rollouts:
            raise NotYetError(f"there is a rollout {name} already; write another name")
        whom = needed(given, "to", "write a group, or a query such as site=north")
        is_group = whom in known.groups
        if not is_group and name in known.groups:
            raise NotYetError(f"there is a group {name} already: write it behind “to”")
        body = RolloutBody(
            name=name, group=whom if is_group else name, **_what(brings, given), **pace_of(given)
        )
        return _proposal(body, "" if is_group else whom)

    fields = [
        Field("name", "of the rollout"),
        Field("to", "a group; or a query, kept as a group of that name", query, known.groups),
        *(_completed(field, known) for field in WHAT[brings]),
        *PACE,
    ]
    return Draft(TITLE, build, fields)


def _completed(field: Field, known: Known) -> Field:
    choices = known.targets if field.name == "target" else ()
    return Field(field.name, field.about, field.value, choices)


def _proposal(body: RolloutBody, query: str) -> Proposal:
    """`query`: to be kept as its group first; empty: the group is there."""
    effects = [
        "It is a draft: nothing is sent to anybody before it is approved and started.",
        pace_words(body),
    ]
    requests: list[ApiRequest[Any]] = [rollout_endpoints.create_rollout(body)]
    outlook = Outlook(rollout_endpoints.preview_plan(body), preview_lines)
    if query:
        effects.append(f"The query is kept as group {body.name}; its board then shows the waves.")
        requests.insert(
            0, group_endpoints.create_group(body.name, query, f"for rollout {body.name}")
        )
        outlook = Outlook(group_endpoints.preview_query(query), named_lines)
    return Proposal(
        title=TITLE,
        effects=effects,
        requests=requests,
        done=f"rollout {body.name} is drafted; Enter opens it, a approves it",
        outlook=outlook,
    )


def _what(brings: str, given: Given) -> dict[str, Any]:
    """The part of the body that says what it brings."""
    if brings == SETTINGS:
        try:
            changes = settings_of(needed(given, "settings", "write a setting").split())
        except ValueError as error:
            raise NotYetError(str(error)) from error
        return {"settings": RolloutSettings(**given_settings(changes))}
    if brings == AGENT:
        return {"agent_version": needed(given, "version", "write a version, such as 1.4.0")}
    limits = {name: _limit(given, name) for name in ("p95 ms", "watts")}
    target = needed(given, "target", "write a variant or a model")
    if all(value is UNSET for value in limits.values()):
        return {"target": target}
    objective = ObjectiveBody(latency_p95_ms=limits["p95 ms"], power_w=limits["watts"])
    return {"target": target, "objective": objective}


def _limit(given: Given, name: str) -> Any:
    text = given.get(name, "").strip()
    if not text:
        return UNSET
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise NotYetError(f"{name}: write a number above 0, or nothing")
    return value
