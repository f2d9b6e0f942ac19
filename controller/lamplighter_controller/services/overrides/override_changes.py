"""Operators hold, pin, release and roll back devices by hand; what follows is decided at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
from lamplighter_client.documents.requests import OverrideBody, RollBackBody, ScopeBody
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome

from lamplighter_controller.domain.overrides.overrides import DEVICE, GROUP, OverrideKind
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.overrides.overrides import Overrides, as_override
from lamplighter_controller.services.sentences import fleet_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.records import DeviceRecord

# Deployments of a device that are looked through for one that was good.
MOST_LOOKED_AT = 100


@dataclass(frozen=True)
class RolledBack:
    """What rolling one device back came to, or would; `why_not`: it is left as it is, and why."""

    device: str
    variant: str = ""
    override: int = 0  # 0: none, or none yet
    is_held: bool = False  # the device holds it still: nothing is downloaded
    why_not: str = ""


class OverrideChanges:
    """Call what changes something on the deciding thread. `members`: who is in a group now."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        catalogue: Catalogue,
        overrides: Overrides,
        decisions: Decisions,
        releases: Releases,
        members: Callable[[str], list[str]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._queue = queue
        self._events = events
        self._catalogue = catalogue
        self._overrides = overrides
        self._decisions = decisions
        self._releases = releases
        self._members = members

    def resume(self) -> None:
        """After a start: what ends by time, ends in time."""
        for record in self._overrides.open():
            self._end_in_time(record)

    def set(self, body: OverrideBody, by: str) -> OverrideRecord:
        """Hold, pin or keep devices from something, from now on.

        Raises:
            InvalidError: no device or group, both, or no target that there is.
            NotFoundError: there is no such device or group.
            ConflictError: the device is retired.
        """
        kind = OverrideKind(body.kind)
        self._check_target(kind, body.target)
        return self._set(kind, self._scope(body), body.target, body.reason, body.life_s, by)

    def end(self, number: int, by: str) -> OverrideRecord:
        """Release those that an override concerns.

        Raises:
            NotFoundError: there is no such override.
            ConflictError: it has ended.
        """
        record = self._store.override(number)
        if record.ended_at is not None:
            raise ConflictError(f"override {number} was ended by {record.ended_by}")
        ended = self._overrides.end(record, by)
        self._note(fleet_sentences.override_ended(as_override(ended), by), ended)
        self._follow(ended)
        return ended

    def roll_back(self, body: RollBackBody, by: str) -> list[RolledBack]:
        """Each device to what it served well before, pinned there for a while.

        Raises:
            InvalidError, NotFoundError, ConflictError: as in `set`.
        """
        return [self._roll_back(device, body, by) for device in self._devices(self._scope(body))]

    def _roll_back(self, device: str, body: RollBackBody, by: str) -> RolledBack:
        way = self.way_back(device)
        if way.why_not:
            return way
        reason = f"rolled back: {body.reason}"
        kept = self._set(OverrideKind.PIN, DEVICE + device, way.variant, reason, body.life_s, by)
        return replace(way, override=kept.id)

    def way_back(self, device: str) -> RolledBack:
        """To what it would go back now; nothing is changed.

        Raises:
            NotFoundError: there is no such device.
        """
        record = self._store.device(device)
        if record.retired_at is not None:
            return RolledBack(device, why_not="it is retired")
        variant = self._known_good(record)
        if not variant:
            return RolledBack(device, why_not="it has served nothing else that is still offered")
        desired = current_desired(record)
        rungs = [desired.primary, *desired.ladder] if desired else []
        held = {rung.point.variant for rung in rungs}
        held |= set(record.reported.resident) if record.reported else set()
        return RolledBack(device, variant, is_held=variant in held)

    def _known_good(self, record: DeviceRecord) -> str:
        """The newest that it committed to beside what it serves."""
        serving = self._store.device_state(record.id).serving
        for one in self._store.deployments(record.id, limit=MOST_LOOKED_AT):
            is_other = serving is None or one.variant != serving.variant
            spec = self._catalogue.find_at(one.variant, record.site)
            if one.outcome is Outcome.COMMITTED and is_other and spec is not None and spec.built:
                return one.variant
        return ""

    def _set(
        self, kind: OverrideKind, scope: str, target: str, reason: str, life_s: float, by: str
    ) -> OverrideRecord:
        now = self._clock.time()
        record = self._overrides.keep(
            OverrideRecord(
                kind=kind,
                scope=scope,
                target=target,
                reason=reason,
                by=by,
                at=now,
                until=now + life_s,
            )
        )
        self._note(fleet_sentences.overridden(as_override(record)), record)
        self._follow(record)
        self._end_in_time(record)
        return record

    def _end_in_time(self, record: OverrideRecord) -> None:
        wait_s = max(0.0, record.until - self._clock.time())
        self._queue.later(wait_s, self._time_is_over, record.id)

    def _time_is_over(self, number: int) -> None:
        record = self._store.override(number)
        if record.ended_at is None:
            ended = self._overrides.end(record, "its time")
            self._note(fleet_sentences.override_ended(as_override(ended), ""), ended)
            self._follow(ended)

    def _follow(self, record: OverrideRecord) -> None:
        """Device by device, each behind what has come meanwhile."""
        for device in self._devices(record.scope):
            if record.kind is OverrideKind.HOLD:
                self._queue.submit(self._releases.review, device)
            else:
                self._queue.submit(self._decisions.consider, device, f"override {record.id}")

    def _devices(self, scope: str) -> list[str]:
        if scope.startswith(DEVICE):
            return [scope.removeprefix(DEVICE)]
        return self._members(scope.removeprefix(GROUP))

    def _scope(self, body: ScopeBody) -> str:
        if bool(body.device) == bool(body.group):
            raise InvalidError("name a device or a group, one of both")
        if body.group:
            return GROUP + self._store.group(body.group).name
        if self._store.device(body.device).retired_at is not None:
            raise ConflictError(f"{body.device} is retired")
        return DEVICE + body.device

    def _check_target(self, kind: OverrideKind, target: str) -> None:
        if kind is OverrideKind.HOLD:
            if target:
                raise InvalidError("a hold has no target; a pin has one")
            return
        probe = as_override(OverrideRecord(kind=kind, scope="", target=target))
        if not any(probe.concerns(spec) for spec in self._catalogue.specs()):
            raise NotFoundError(f"no variant or model {target!r}; see: lamplighter model list")

    def _note(self, text: Sentence, record: OverrideRecord) -> None:
        device = record.scope.removeprefix(DEVICE) if record.scope.startswith(DEVICE) else ""
        data = msgspec.to_builtins(record)
        self._events.add(ControllerEvent.OVERRIDE, text, device=device, override=data)
