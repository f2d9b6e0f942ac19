"""What can be asked of the controller: one request per operation, for either client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lamplighter_wire.machine.checkup import Finding
from lamplighter_wire.messages import Command
from lamplighter_wire.policy.log_limits import LogLevel
from msgspec import Struct

from lamplighter_client.documents import (
    ApiToken,
    Deployment,
    Device,
    EnrolmentToken,
    Event,
    Explanation,
    Job,
    Model,
    PlanAnswer,
    PlanEntry,
    PolicyPreview,
    PolicyScope,
    PolicyThreshold,
    Recompression,
    Rollup,
    SiteEstimate,
    SiteParent,
    TelemetryEntry,
    Variant,
)
from lamplighter_client.documents.fleet.device_log import LogBody, LogLines
from lamplighter_client.documents.requests import (
    ENROL_TOKEN_LIFE_S,
    ApiTokenBody,
    LabelBody,
    ObjectiveBody,
    PlanBody,
    PolicyBody,
    RevokeBody,
    Role,
    SiteBody,
    SiteNameBody,
    TokenBody,
)
from lamplighter_client.path_segments import path_segment
from lamplighter_client.typed.event_query import EVERY_EVENT, EventQuery

T = TypeVar("T")
# The most that a page of devices may have.
MOST_DEVICES = 500


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[T]):
    """One request under /api/v1 and the type of its answer.

    `whole`: of a list, all pages are read; else the first is. `version`: what it is about has to be
    at it still, or the request is refused; 0: at whichever.
    """

    path: str
    answer: type[T]
    query: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    method: str = "GET"
    body: Struct | None = None
    whole: bool = False
    version: int = 0


def devices(
    text: str = "", *, sort: str = "", retired: bool = False, retired_only: bool = False
) -> ApiRequest[list[Device]]:
    """All devices that a filter leaves, such as "group=gate,state=online"; "-" sorts downwards."""
    query: dict[str, str | int | bool] = {"retired": retired, "limit": MOST_DEVICES}
    if retired_only:
        query["retired_only"] = True
    if text:
        query["filter"] = text
    if sort:
        query["sort"] = sort
    return ApiRequest("/devices", list[Device], query, whole=True)


def device(name: str) -> ApiRequest[Device]:
    """One device."""
    return ApiRequest(_of(name), Device)


def explain(name: str, at: float = 0.0) -> ApiRequest[Explanation]:
    """How a device came to serve what it served at a wall time; 0: now."""
    return ApiRequest(_of(name, "explanation"), Explanation, {"at": at})


def telemetry(
    name: str,
    limit: int = 120,
    since: float = 0.0,
    stream: str | None = None,
    until: float = 0.0,
) -> ApiRequest[list[TelemetryEntry]]:
    """Telemetry of a device, oldest first: the newest windows, or all from a time on; with `until`
    those that begin before it.

    Where these are more than `limit`, summaries of five minutes or of an hour. Of all its streams,
    or of one.
    """
    query: dict[str, str | float] = {"limit": limit, "since": since}
    query |= {} if stream is None else {"stream": stream}
    query |= {"until": until} if until else {}
    return ApiRequest(_of(name, "telemetry"), list[TelemetryEntry], query)


def plans(name: str, limit: int = 50) -> ApiRequest[list[PlanEntry]]:
    """Decisions for a device, newest first."""
    return ApiRequest(_of(name, "plans"), list[PlanEntry], {"limit": limit})


def deployments(
    name: str, limit: int = 50, since: float = 0.0, until: float = 0.0
) -> ApiRequest[list[Deployment]]:
    """Revisions of a device's desired state, newest first; of all times, or ordered between two
    wall-clock seconds."""
    query = {"limit": limit, **_within(since, until)}
    return ApiRequest(_of(name, "deployments"), list[Deployment], query)


def events(
    after: int = 0, limit: int = 200, asked: EventQuery = EVERY_EVENT
) -> ApiRequest[list[Event]]:
    """Events after an id, oldest first; after 0, the newest of those that are asked for."""
    query = {"after": after, "limit": limit, **asked.parameters()}
    return ApiRequest("/events/log", list[Event], query)


def device_events(
    name: str,
    after: int = 0,
    limit: int = 200,
    since: float = 0.0,
    until: float = 0.0,
    kinds: Sequence[str] = (),
) -> ApiRequest[list[Event]]:
    """The same of one device, of all times or between two wall-clock seconds."""
    query: dict[str, str | float] = {"after": after, "limit": limit, **_within(since, until)}
    query |= {"kind": ",".join(kinds)} if kinds else {}
    return ApiRequest(_of(name, "events"), list[Event], query)


def jobs(limit: int = 100) -> ApiRequest[list[Job]]:
    """Builds, newest first."""
    return ApiRequest("/jobs", list[Job], {"limit": limit})


def policy_scopes() -> ApiRequest[list[PolicyScope]]:
    """What operators have changed of the policy."""
    return ApiRequest("/policies", list[PolicyScope])


def policy(scope: str = "fleet") -> ApiRequest[list[PolicyThreshold]]:
    """The thresholds as they hold for a scope: fleet, label:NAME=VALUE or device:ID."""
    return ApiRequest("/policies/thresholds", list[PolicyThreshold], {"scope": scope})


def change_policy(scope: str, values: Mapping[str, float | str | None]) -> ApiRequest[PolicyScope]:
    """Set thresholds for a scope; None ends what was set."""
    return _post("/policies", PolicyScope, PolicyBody(scope=scope, values=dict(values)))


def preview_policy(
    scope: str, values: Mapping[str, float | str | None]
) -> ApiRequest[PolicyPreview]:
    """Which plans a change would change."""
    return _post("/policies/preview", PolicyPreview, PolicyBody(scope=scope, values=dict(values)))


def recompressions() -> ApiRequest[list[Recompression]]:
    """Answers to shifts and breaches that changed something."""
    return ApiRequest("/recompressions", list[Recompression], whole=True)


def variants() -> ApiRequest[list[Variant]]:
    """Everything that is built or could be."""
    return ApiRequest("/variants", list[Variant], whole=True)


def models() -> ApiRequest[list[Model]]:
    """Networks with the recipes and variants made of them."""
    return ApiRequest("/models", list[Model])


def sites() -> ApiRequest[list[SiteParent]]:
    """Sites with a parent of their own, or with work on one."""
    return ApiRequest("/sites", list[SiteParent])


def estimate_site(body: SiteBody) -> ApiRequest[SiteEstimate]:
    """What a parent for a site would cost and gain."""
    return _post("/sites/estimate", SiteEstimate, body)


def specialise_site(body: SiteBody) -> ApiRequest[SiteParent]:
    """Make a parent for a site."""
    return _post("/sites", SiteParent, body)


def stop_site(site: str) -> ApiRequest[SiteParent]:
    """End the work for a site."""
    return _post("/sites/stop", SiteParent, SiteNameBody(site=site))


def remove_site(site: str) -> ApiRequest[SiteParent]:
    """Drop a site's parent."""
    return _post("/sites/remove", SiteParent, SiteNameBody(site=site))


def rollup() -> ApiRequest[Rollup]:
    """The fleet in a few figures."""
    return ApiRequest("/rollup", Rollup)


def checkup(*, machine: bool = True) -> ApiRequest[list[Finding]]:
    """How the controller itself stands, and what to mend; its machine only where that is asked."""
    return ApiRequest("/checkup", list[Finding], {} if machine else {"machine": "false"})


def create_token(
    device_name: str, life_s: float = ENROL_TOKEN_LIFE_S
) -> ApiRequest[EnrolmentToken]:
    """A one-time token for a device's enrolment."""
    return _post("/tokens", EnrolmentToken, TokenBody(device=device_name, life_s=life_s))


def api_tokens() -> ApiRequest[list[ApiToken]]:
    """Bearer tokens of the API, without their text."""
    return ApiRequest("/api-tokens", list[ApiToken])


def create_api_token(name: str, role: Role, life_s: float, scope: str = "") -> ApiRequest[ApiToken]:
    """A bearer token of the API; `scope`: `site:NAME`, `group:NAME`, or the whole fleet."""
    body = ApiTokenBody(name=name, role=role, life_s=life_s, scope=scope)
    return _post("/api-tokens", ApiToken, body)


def revoke_api_token(token: str) -> ApiRequest[ApiToken]:
    """End a bearer token, by its id."""
    return ApiRequest(f"/api-tokens/{path_segment('token', token)}", ApiToken, method="DELETE")


def make_plan(name: str, *, dry_run: bool) -> ApiRequest[PlanAnswer]:
    """Decide for a device now, and act on it unless it is a dry run."""
    return _post(_of(name, "plan"), PlanAnswer, PlanBody(dry_run=dry_run))


def probe(name: str) -> ApiRequest[Command]:
    """Let a device measure itself again."""
    return _post(_of(name, "probe"), Command)


def read_log(name: str, lines: int = 100, level: LogLevel = "info") -> ApiRequest[LogLines]:
    """The newest lines that a device's agent has logged, of a level and above."""
    body = LogBody(lines=lines, level=level)
    return ApiRequest(_of(name, "log"), LogLines, method="POST", body=body)


def renew(name: str) -> ApiRequest[Command]:
    """Let a device make a new key and get a certificate for it."""
    return _post(_of(name, "renew"), Command)


def label(
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    site: str | None = None,
    objective: ObjectiveBody | None = None,
) -> ApiRequest[Device]:
    """Set what is given; the rest stays."""
    body = LabelBody(
        labels=None if labels is None else dict(labels), site=site, objective=objective
    )
    return _post(_of(name, "label"), Device, body)


def retire(name: str) -> ApiRequest[Device]:
    """Neither hear a device nor tell it anything from now on."""
    return _post(_of(name, "retire"), Device)


def revoke(name: str, reason: str) -> ApiRequest[Device]:
    """The same for ever, of one that was stolen."""
    return _post(_of(name, "revoke"), Device, RevokeBody(reason=reason))


def restore(name: str) -> ApiRequest[Device]:
    """Undo a retirement."""
    return _post(_of(name, "restore"), Device)


def release(name: str) -> ApiRequest[Device]:
    """Free the name of a retired device for another."""
    return _post(_of(name, "release"), Device)


def _post(path: str, answer: type[T], body: Struct | None = None) -> ApiRequest[T]:
    return ApiRequest(path, answer, method="POST", body=body)


def _within(since: float, until: float) -> dict[str, float]:
    return {name: at for name, at in (("since", since), ("until", until)) if at}


def _of(name: str, part: str = "") -> str:
    path = f"/devices/{path_segment('device', name)}"
    return f"{path}/{part}" if part else path
