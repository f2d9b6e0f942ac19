"""Rollouts: a model, settings, streets or an agent's version brought to a group in waves."""

from collections import Counter
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Query, Request
from lamplighter_client.configuring.street_keys import body_keys_problems
from lamplighter_client.documents import (
    ExcludedDevice,
    Rollout,
    RolloutPreview,
    RolloutRehearsal,
    RolloutTarget,
)
from lamplighter_client.documents.rollouts import (
    CanaryFigure,
    DueDevice,
    DueFailure,
    RolloutBody,
    RolloutStepBody,
)

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.answers import documents, page_of
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.parameters import (
    DEVICE_ID,
    DevicePath,
    IfMatch,
    JsonBody,
    expected_version,
)
from lamplighter_controller.api.replies import Page, Versioned
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import Within, some_of, within
from lamplighter_controller.domain.rollouts.changes.change import kind_of
from lamplighter_controller.domain.rollouts.changes.street import StreetChange
from lamplighter_controller.domain.rollouts.rollout import RolloutPlan
from lamplighter_controller.domain.streams import told_streams
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.services.audit.audited_states import ROLLOUT, shown
from lamplighter_controller.services.rollouts.rollout_members import Members
from lamplighter_controller.services.rollouts.rollout_plans import plan_of
from lamplighter_controller.store.rollouts.records import RolloutRecord
from lamplighter_controller.wiring.parts import Services

routes = Routes("rollouts", prefix="/rollouts")
RolloutPath = Annotated[str, Path(pattern=DEVICE_ID, description="The rollout's name.")]
MOST_SHOWN = 200
# Streets of some hundred devices.
MOST_PLAN_BYTES = 2 * 1024 * 1024
Planned = Annotated[
    RolloutBody, Depends(JsonBody(RolloutBody, MOST_PLAN_BYTES, body_keys_problems))
]
TargetLimit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


@routes.get("", bounds=Bounds.OWN)
def list_rollouts(request: Request) -> list[Rollout]:
    """All rollouts, the oldest first.

    A token for a site or group sees those that have begun on devices of it, with counts of these.
    """
    parts, seen = services(request), within(request)
    listed = [_seen(parts, record, seen) for record in parts.store.rollouts()]
    return [rollout for rollout in listed if rollout is not None]


@routes.post("", role="operator", status=201)
def create_rollout(request: Request, body: Planned) -> Versioned[Rollout]:
    """Draft a rollout; it does nothing until it is approved and started."""
    parts, by = services(request), bearer_name(request)
    plan = plan_of(body, lambda device: _streams(parts, device))
    record = changed(
        request,
        f"rollout:{body.name}",
        lambda: parts.rollouts.create(body.name, plan, by),
        shown=lambda made: shown(made, ROLLOUT) | {"plan": _brief(plan)},
    )
    return _versioned(parts, record)


@routes.post("/preview", role="operator")
def preview_plan(request: Request, body: Planned) -> RolloutPreview:
    """Who would come into a rollout that is not drafted yet, in which wave, and who would not and
    why; nothing is kept."""
    parts = services(request)
    plan = plan_of(body, lambda device: _streams(parts, device))
    return _preview(parts.rollouts.preview_plan(plan))


@routes.get("/{rollout}", bounds=Bounds.OWN)
def show_rollout(request: Request, rollout: RolloutPath) -> Versioned[Rollout]:
    """One rollout and how far it is; the ETag is its version for If-Match."""
    parts = services(request)
    record = parts.store.rollout(rollout)
    shown = _seen(parts, record, within(request))
    if shown is None:
        raise NotFoundError(f"no rollout {rollout!r}; see: lamplighter rollout list")
    return Versioned(shown, record.version)


@routes.get("/{rollout}/devices", bounds=Bounds.OWN)
def list_rollout_devices(
    request: Request, rollout: RolloutPath, after: Cursor = "", limit: TargetLimit = 100
) -> Page[RolloutTarget]:
    """Its devices by id, each with its wave and where it stands; of those within reach."""
    store, seen, place = services(request).store, within(request), read_cursor(after, str)
    show_rollout(request, rollout)
    targets = some_of(
        lambda after, count: store.rollout_targets(rollout, after or "", count),
        lambda target: target.device,
        lambda target: seen.has(target.device),
        place,
        limit + 1,
    )
    return page_of(RolloutTarget, targets, limit, lambda target: target.device)


@routes.get("/{rollout}/due")
def list_due_devices(request: Request, rollout: RolloutPath) -> list[DueDevice]:
    """Of a rollout of an agent's version: which device is to be given which version now."""
    parts = services(request)
    whole = parts.rollouts.whole(rollout)
    records = parts.store.some_devices(list(whole.targets))
    known = {record.id: record.capabilities for record in records}
    return [
        DueDevice(device=device, version=version, machine=told.machine if told else "")
        for device, version in parts.rollouts.due_devices(rollout).items()
        for told in [known[device]]
    ]


@routes.post("/{rollout}/due/{device}/failure", role="operator")
def fail_due_device(
    request: Request,
    rollout: RolloutPath,
    device: DevicePath,
    body: Annotated[DueFailure, Depends(JsonBody(DueFailure))],
) -> Versioned[Rollout]:
    """Say that a version could not be installed on a device that is due: it has failed, and counts
    against the rollout's threshold. What ran on it before should run again."""
    parts, by = services(request), bearer_name(request)
    record = changed(
        request,
        f"rollout:{rollout}",
        lambda: parts.rollouts.fail(rollout, device, body.reason, by),
        state=lambda: parts.audited.rollout(rollout),
        shown=lambda made: shown(made, ROLLOUT) | {"failed": device, "reason": body.reason},
    )
    return _versioned(parts, record)


@routes.get("/{rollout}/canaries")
def list_canary_figures(request: Request, rollout: RolloutPath) -> list[CanaryFigure]:
    """How its canaries changed beside those that were told nothing yet, figure by figure, each with
    an interval and what the gate says of it; none before a canary has the target."""
    return documents(CanaryFigure, services(request).rollouts.canary_figures(rollout))


@routes.get("/{rollout}/preview")
def preview_rollout(request: Request, rollout: RolloutPath) -> RolloutPreview:
    """Who would come into it if it began now, in which wave, and who would not and why."""
    return _preview(services(request).rollouts.preview(rollout))


def _preview(members: Members) -> RolloutPreview:
    sizes = Counter(target.wave for target in members.targets)
    canaries = [target for target in members.targets if target.wave == 0]
    skipped = [ExcludedDevice(device=t.device, reasons=[t.reason]) for t in members.skipped]
    return RolloutPreview(
        waves=[sizes[wave] for wave in range(max(sizes, default=-1) + 1)],
        canaries=documents(RolloutTarget, canaries[:MOST_SHOWN]),
        skipped=skipped[:MOST_SHOWN],
    )


@routes.post("/{rollout}/steps", role="operator")
def step_rollout(
    request: Request,
    rollout: RolloutPath,
    body: Annotated[RolloutStepBody, Depends(JsonBody(RolloutStepBody))],
    if_match: IfMatch = "*",
) -> Versioned[Rollout]:
    """Approve, start, pause, resume, retry, abort, roll back or end it."""
    parts, by, version = services(request), bearer_name(request), expected_version(if_match)
    # A large fleet is read here, so that nobody else waits for it.
    members = parts.rollouts.preview(rollout) if body.verb == "start" else None
    record = changed(
        request,
        f"rollout:{rollout}",
        lambda: parts.rollouts.act(rollout, body.verb, body.reason, by, version, members),
        state=lambda: parts.audited.rollout(rollout),
        shown=lambda made: shown(made, ROLLOUT) | {"verb": body.verb, "reason": body.reason},
    )
    return _versioned(parts, record)


@routes.post("/{rollout}/rehearsal", role="operator")
def rehearse_rollout(request: Request, rollout: RolloutPath) -> RolloutRehearsal:
    """Run it against a model of its devices, before it starts; what is found is kept with it."""
    parts = services(request)
    # A large fleet is read here, so that nobody else waits for it.
    found = parts.rehearsals.rehearse(rollout)
    changed(
        request,
        f"rollout:{rollout}",
        lambda: parts.rollouts.keep_rehearsal(rollout, found),
        shown=lambda made: shown(made, ROLLOUT) | {"verb": "rehearse"},
    )
    return show_rehearsal(request, rollout)


@routes.get("/{rollout}/rehearsal")
def show_rehearsal(request: Request, rollout: RolloutPath) -> RolloutRehearsal:
    """What was predicted of it, and beside it what is known by now."""
    compared = services(request).rehearsals.compare(rollout)
    return msgspec.convert(compared, RolloutRehearsal, from_attributes=True)


def _versioned(parts: Services, record: RolloutRecord) -> Versioned[Rollout]:
    return Versioned(_document(parts, record), record.version)


def _seen(parts: Services, record: RolloutRecord, seen: Within) -> Rollout | None:
    """As far as it is seen; None where none of its devices are. What operators have written as a
    reason may be about others."""
    document = _document(parts, record)
    if seen.is_whole:
        return document
    targets = [t for t in parts.store.rollout_targets(record.name) if seen.has(t.device)]
    counts = dict(Counter(str(target.state) for target in targets))
    return msgspec.structs.replace(document, counts=counts, reason="") if targets else None


def _document(parts: Services, record: RolloutRecord) -> Rollout:
    whole = parts.rollouts.whole(record.name)
    return Rollout(
        name=record.name,
        state=record.state,
        reason=whole.reason,
        version=record.version,
        by=record.by,
        approved_by=whole.approved_by,
        created_at=record.created_at,
        began_at=whole.began_at,
        kind=kind_of(whole.plan.what),
        target=whole.plan.what.text,
        group=whole.plan.group,
        wave=whole.wave,
        last_wave=whole.last_wave,
        counts={str(state): count for state, count in whole.counts.items()},
        plan=_brief(whole.plan),
    )


def _brief(plan: RolloutPlan) -> dict[str, Any]:
    """Of streets only whose they are: each device shows its own."""
    document: dict[str, Any] = msgspec.to_builtins(plan)
    if isinstance(plan.change, StreetChange):
        document["change"] = {"type": "street", "devices": len(plan.change.streets)}
    return document


def _streams(parts: Services, device: str) -> list[str] | None:
    """A device's cameras; None: they are not known."""
    return told_streams(parts.store.device(device).capabilities)
