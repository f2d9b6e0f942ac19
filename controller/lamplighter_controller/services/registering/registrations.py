"""Registering many devices at once: compared first, then all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from lamplighter_client.documents import FieldError
from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_client.documents.requests import LabelBody, ObjectiveBody
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.registering.registered import (
    Registered,
    changed,
    differences,
    is_pattern,
    pattern_for,
)
from lamplighter_controller.errors import InvalidError, NotFoundError
from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.registering.enrolment_tokens import (
    KEPT_OUT,
    EnrolmentTokens,
    is_kept_out,
)
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.registering.records import RegistrationRecord
from lamplighter_controller.store.registering.stores import RegistrationStore

Label = Callable[[str, int | None, LabelBody], Any]


@dataclass(frozen=True)
class Outcome:
    """What registering one device came to, or would."""

    id: str
    change: str  # new | changed | same
    differences: list[str]
    has_enrolled: bool
    token: str = ""
    expires_at: float | None = None


@dataclass(frozen=True)
class _Step:
    """One entry beside what is known of its device."""

    id: str
    before: Registered
    after: Registered
    is_known: bool
    device: DeviceRecord | None


class Registrations:
    """What devices are registered as. Call what changes on the deciding thread.

    Args:
        label: changes a device that has enrolled, as operators do.
    """

    def __init__(
        self,
        store: RegistrationStore,
        devices: DeviceStore,
        tokens: EnrolmentTokens,
        clock: Clock,
        events: EventLog,
        secrets: EnrolmentSecrets,
        label: Label,
    ) -> None:
        self._store = store
        self._devices = devices
        self._tokens = tokens
        self._clock = clock
        self._events = events
        self._secrets = secrets
        self._label = label

    def plan(self, entries: Sequence[InventoryEntry]) -> list[Outcome]:
        """What `register` would do.

        Raises:
            InvalidError: names every entry that is not in order.
        """
        return [_outcome(step) for step in self._steps(entries)]

    def register(
        self, entries: Sequence[InventoryEntry], life_s: float, *, with_tokens: bool, by: str
    ) -> list[Outcome]:
        """Do it, and make tokens for those that have not enrolled.

        Raises:
            InvalidError: names every entry that is not in order; nothing is changed then.
        """
        steps = self._steps(entries)
        different = [step for step in steps if not step.is_known or step.before != step.after]
        for step in different:
            self._pass_on(step)
        self._store.put_registrations([self._record(step, by) for step in different])
        coming = [s.id for s in steps if s.device is None and not is_pattern(s.id)]
        made = self._tokens.for_each(coming if with_tokens else (), life_s)
        count = sum(step.before != step.after for step in steps)
        text = device_sentences.registered(len(steps), count)
        self._events.add(ControllerEvent.REGISTERED, text, by=by, tokens=len(made))
        return [_with_token(_outcome(step), made) for step in steps]

    def forget(self, device: str) -> RegistrationRecord:
        """Its registration, and its tokens that are open; a device that has enrolled stays.

        Raises:
            NotFoundError: it is not registered.
        """
        record = self._own().get(device)
        if record is None:
            raise NotFoundError(f"{device!r} is not registered; see: lamplighter inventory list")
        self._store.delete_registration(device)
        for token in self._tokens.all():
            if token.device == device and token.used_at is None:
                self._tokens.revoke(token.id)
        self._events.add(ControllerEvent.REGISTERED, device_sentences.unregistered(device))
        return record

    def all(self) -> list[tuple[RegistrationRecord, Registered, bool]]:
        """Each with what it says, and whether its device has enrolled."""
        enrolled = {record.id for record in self._devices.devices()}
        return [
            (record, self._read(record), record.device in enrolled)
            for record in self._store.registrations()
        ]

    def inventory(self) -> list[tuple[str, Registered]]:
        """All devices as they are, and those that are registered only; by id."""
        found = {record.device: self._read(record) for record in self._store.registrations()}
        for device in self._devices.devices():
            camera = found.get(device.id, Registered()).camera
            found[device.id] = replace(_present(device), camera=camera)
        return sorted(found.items())

    def of(self, device: str) -> Registered:
        """What a device that enrols is to be; nothing where no registration fits."""
        own = self._own()
        name = pattern_for(device, own)
        return Registered() if name is None else self._read(own[name])

    def _own(self) -> dict[str, RegistrationRecord]:
        return {record.device: record for record in self._store.registrations()}

    def _steps(self, entries: Sequence[InventoryEntry]) -> list[_Step]:
        own = self._own()
        devices = {record.id: record for record in self._devices.devices(retired=True)}
        _check(entries, devices)
        within = {name: one for name, one in devices.items() if one.retired_at is None}
        return [self._step(e, own.get(e.id), within.get(e.id)) for e in entries]

    def _step(
        self,
        entry: InventoryEntry,
        record: RegistrationRecord | None,
        device: DeviceRecord | None,
    ) -> _Step:
        before = self._read(record) if record else Registered()
        if device is not None:
            before = replace(_present(device), camera=before.camera)
        is_known = record is not None or device is not None
        return _Step(entry.id, before, changed(before, entry), is_known, device)

    def _pass_on(self, step: _Step) -> None:
        """What a device that has enrolled is by now."""
        before, after = step.before, step.after
        if step.device is not None and replace(before, camera=after.camera) != after:
            self._label(step.id, None, _label_body(before, after))

    def _record(self, step: _Step, by: str) -> RegistrationRecord:
        after = step.after
        return RegistrationRecord(
            device=step.id,
            site=after.site,
            labels=dict(after.labels),
            objective=dict(after.objective),
            camera=self._secrets.conceal(after.camera),
            changed_at=self._clock.time(),
            by=by,
        )

    def _read(self, record: RegistrationRecord) -> Registered:
        camera = self._secrets.reveal(record.camera)
        return Registered(record.site, record.labels, record.objective, camera)


def _check(entries: Sequence[InventoryEntry], devices: dict[str, DeviceRecord]) -> None:
    flaws: list[FieldError] = []
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        place, device = f"body.devices[{number}].id", devices.get(entry.id)
        if first.setdefault(entry.id, number) != number:
            text = f"{entry.id} is entry {first[entry.id]} as well; keep one of them"
            flaws.append(FieldError(field=place, detail=text))
        elif device is not None and is_kept_out(device):
            text = f"{entry.id} {KEPT_OUT}"
            flaws.append(FieldError(field=place, detail=text))
    if flaws:
        raise InvalidError.of(flaws)


def _present(device: DeviceRecord) -> Registered:
    return Registered(device.site, device.labels, device.objective)


def _label_body(before: Registered, after: Registered) -> LabelBody:
    """Only what is another: a new objective leads to a new plan."""
    objective = msgspec.convert(dict(after.objective), ObjectiveBody)
    return LabelBody(
        labels=None if before.labels == after.labels else dict(after.labels),
        site=None if before.site == after.site else after.site,
        objective=None if before.objective == after.objective else objective,
    )


def _outcome(step: _Step) -> Outcome:
    words = differences(step.before, step.after)
    change = ("changed" if words else "same") if step.is_known else "new"
    return Outcome(step.id, change, words, step.device is not None)


def _with_token(outcome: Outcome, made: dict[str, Any]) -> Outcome:
    if outcome.id not in made:
        return outcome
    token, expires_at = made[outcome.id]
    return replace(outcome, token=str(token), expires_at=expires_at)
