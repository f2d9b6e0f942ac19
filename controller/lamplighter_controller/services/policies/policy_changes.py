"""Operators change the policy: checked, kept, and followed by the plans it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from lamplighter_client.documents.bounds import MAX_SCOPE_CHARS
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.sizes import point_key

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.overrides.overridden import decide_within
from lamplighter_controller.domain.overrides.overrides import policy_pin, with_policy
from lamplighter_controller.domain.policy.policy import (
    DEVICE,
    FLEET,
    GROUP,
    LABEL,
    Policy,
    check_names,
    checked_changes,
)
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.device_views import DeviceViews, is_ready
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.sentences import fleet_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.groups.stores import GroupStore
from lamplighter_controller.store.records import DeviceRecord, PolicyRecord

# Beside the thresholds: the model that devices are kept to.
MODEL = "model"
# Devices are read so many at a time.
PAGE = 100
# A preview plans twice for each device, while an operator waits.
MOST_PREVIEWED = 200


@dataclass(frozen=True)
class PlanChange:
    """A device that would be planned for otherwise; "variant@384x288", with the bound on its frame
    rate if there is one, or empty for nothing."""

    device: str
    before: str
    after: str


@dataclass(frozen=True)
class PolicyInForce:
    """What holds for a scope; `sources`: of each threshold, `model_source`: of the model."""

    policy: Policy
    sources: dict[str, str]
    model: str
    model_source: str


@dataclass(frozen=True)
class Preview:
    """What a change would lead to; `examined`: of those concerned, at most MOST_PREVIEWED."""

    concerned: int
    examined: int
    changes: list[PlanChange]


class PolicyChanges:
    """Changes of the policy and what follows; call it on the deciding thread."""

    def __init__(
        self,
        devices: DeviceStore,
        groups: GroupStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        policies: Policies,
        views: DeviceViews,
        catalogue: Catalogue,
        learning: Learning,
        decisions: Decisions,
    ) -> None:
        self._devices = devices
        self._groups = groups
        self._clock = clock
        self._queue = queue
        self._events = events
        self._policies = policies
        self._views = views
        self._catalogue = catalogue
        self._learning = learning
        self._decisions = decisions

    def change(
        self, scope: str, values: Mapping[str, Any], expected_version: int | None = None
    ) -> PolicyRecord:
        """Set what is given for a scope, end what is None; devices are planned for anew.

        Raises:
            InvalidError: no such scope or threshold, or a value out of bounds.
            NotFoundError: there is no such device, group or model.
            ConflictError: the scope is at another version.
        """
        before = self._policies.record(scope)
        if expected_version is not None and expected_version != before.version:
            raise ConflictError(f"the policy of {scope} is at version {before.version}")
        record = msgspec.structs.replace(
            self._changed(scope, values),
            version=before.version + 1,
            changed_at=self._clock.time(),
        )
        self._policies.keep(record)
        text = fleet_sentences.policy_changed(scope, values)
        self._events.add(ControllerEvent.POLICY, text, scope=scope, values=dict(values))
        self._queue.submit(self._consider_page, scope, "")
        return record

    def holds_for(self, scope: str) -> PolicyInForce:
        """The policy of a scope, and where each part of it comes from.

        Raises:
            InvalidError: no such scope.
            NotFoundError: there is no such device.
        """
        self._check_scope(scope)
        scopes = list(dict.fromkeys([FLEET, scope]))
        if scope.startswith(DEVICE):
            record = self._devices.device(scope.removeprefix(DEVICE))
            scopes = list(self._policies.scopes_of(record))
        return PolicyInForce(
            self._policies.of_scopes(scopes),
            self._policies.sources(scopes),
            *self._policies.model_of_scopes(scopes),
        )

    def preview(self, scope: str, values: Mapping[str, Any]) -> Preview:
        """Which devices would be planned for otherwise; nothing is changed.

        Raises:
            InvalidError, NotFoundError: as in `change`.
        """
        changed = self._changed(scope, values)
        concerned = [r for r in self._devices.devices() if self._concerns(scope, r) and is_ready(r)]
        examined = concerned[:MOST_PREVIEWED]
        changes = (self._plan_change(record, changed) for record in examined)
        found = [change for change in changes if change.before != change.after]
        return Preview(len(concerned), len(examined), found)

    def _changed(self, scope: str, given: Mapping[str, Any]) -> PolicyRecord:
        """What a scope has after a change."""
        self._check_scope(scope)
        before, values = self._policies.record(scope), dict(given)
        model = values.pop(MODEL, before.model) or ""
        if model != before.model:
            self._check_model(model)
        return msgspec.structs.replace(before, values=_with(before.values, values), model=model)

    def _check_model(self, model: object) -> None:
        if not isinstance(model, str):
            raise InvalidError(f"{MODEL} = {model!r}: write a variant, a model, or MODEL@VERSION")
        pin = policy_pin(model, "")
        if model and not any(pin.concerns(spec) for spec in self._catalogue.specs()):
            raise NotFoundError(f"no variant or model {model!r}; see: lamplighter model list")

    def _check_scope(self, scope: str) -> None:
        name, sign, _ = scope.removeprefix(LABEL).partition("=")
        is_label = scope.startswith(LABEL) and bool(name and sign)
        if len(scope) > MAX_SCOPE_CHARS:
            raise InvalidError(f"a scope has {MAX_SCOPE_CHARS} characters at most")
        if scope.startswith(DEVICE):
            self._devices.device(scope.removeprefix(DEVICE))
        elif scope.startswith(GROUP):
            self._groups.group(scope.removeprefix(GROUP))
        elif scope != FLEET and not is_label:
            known = "fleet, label:NAME=VALUE, group:NAME or device:ID"
            raise InvalidError(f"{scope!r} is no scope: {known}")

    def _concerns(self, scope: str, record: DeviceRecord) -> bool:
        return scope in self._policies.scopes_of(record, [scope])

    def _consider_page(self, scope: str, after: str) -> None:
        """Device by device, each behind what has come meanwhile."""
        page = self._devices.devices(after=after, limit=PAGE)
        for record in page:
            if self._concerns(scope, record):
                self._queue.submit(self._decisions.consider, record.id, "new policy")
        if page:
            self._queue.submit(self._consider_page, scope, page[-1].id)

    def _plan_change(self, record: DeviceRecord, new: PolicyRecord) -> PlanChange:
        view = self._views.view(record)
        changed = replace(
            view,
            policy=self._policies.with_change(record, new),
            overrides=with_policy(view.overrides, self._policies.pin_of(record, new)),
        )
        return PlanChange(record.id, self._serves(record, view), self._serves(record, changed))

    def _serves(self, record: DeviceRecord, view: DeviceView) -> str:
        """What the device would serve after a decision of now."""
        decision = decide_within(
            view,
            Trigger(TriggerKind.PLAN, at=self._clock.time()),
            self._views.objective(record),
            self._catalogue.specs_for(record.id, record.site),
            self._learning.predictor(view),
        )
        if decision.deploy and decision.target is not None:
            return _point_text(decision.target.point)
        return _point_text(view.serving) if view.serving else ""


def _point_text(point: OperatingPoint) -> str:
    """With its bound on the frame rate, if it has one: by that alone points may differ."""
    key = point_key(point.variant, point.width, point.height)
    return f"{key}, at most {point.fps:g} frames/s" if point.fps > 0 else key


def _with(kept: Mapping[str, float], changes: Mapping[str, Any]) -> dict[str, float]:
    """All thresholds of a scope after a change. Raises InvalidError."""
    ended = {name for name, value in changes.items() if value is None}
    try:
        check_names(ended)
        given = checked_changes({k: v for k, v in changes.items() if v is not None})
    except ValueError as error:
        raise InvalidError(str(error)) from error
    return {k: v for k, v in kept.items() if k not in ended} | given
