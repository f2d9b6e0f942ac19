"""What operators do with devices, and the fleet at a glance."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from lamplighter_client.documents import Rollup
from lamplighter_client.documents.requests import LabelBody, ObjectiveBody
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import AnswerKind, JobState
from lamplighter_wire.messages import Command

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.outbound import COMMAND_EXPIRY_S, Outbound
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.fleet.stores import FleetPart, FleetStore
from lamplighter_controller.store.records import DeviceRecord, JobRecord


class FleetOperations:
    """What operators do with devices; call it on the deciding thread."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        outbound: Outbound,
        events: EventLog,
        decisions: Decisions,
        policies: Policies,
        overrides: Overrides,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._outbound = outbound
        self._events = events
        self._decisions = decisions
        self._policies = policies
        self._overrides = overrides

    def label(self, device: str, expected_version: int | None, body: LabelBody) -> DeviceRecord:
        """Set what is given; a new objective leads to a new plan, as does a label's policy, a new
        site, where other accuracies are expected, or a group whose overrides count.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version.
        """
        changes: dict[str, Any] = {}
        if body.labels is not None:
            changes["labels"] = body.labels
        if body.site is not None:
            changes["site"] = body.site
        if body.objective is not None:
            changes["objective"] = _objective(body.objective)
        old = self._devices.device(device)
        before, overrides = self._policies.of(old), self._overrides.of(old)
        record = self._devices.configure_device(device, expected_version, **changes)
        if body.objective is not None:
            self._decisions.consider(device, "new objective")
        elif self._policies.of(record) != before:
            self._decisions.consider(device, "new policy")
        elif record.site != old.site:
            self._decisions.consider(device, "new site")
        elif self._overrides.of(record) != overrides:
            self._decisions.consider(device, "other overrides")
        return record

    def probe(self, device: str) -> Command:
        """Ask a device to measure itself again, as after a change of its hardware or its load.

        What it has refused is forgotten: it was refused by the device as it was. The new probe
        leads to a new plan.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is retired.
            TransportError: the broker is away.
        """
        if self._devices.device(device).retired_at is not None:
            raise ConflictError(f"{device} is retired; what comes back enrols under another id")
        now = self._clock.time()
        command = Command(
            id=secrets.token_hex(8),
            device=device,
            kind="probe",
            at=now,
            expires_at=now + COMMAND_EXPIRY_S,
        )
        self._devices.update_state(device, refused={}, retries=0)
        self._outbound.command(command)
        text = device_sentences.probe_asked(device)
        self._events.add(ControllerEvent.PROBE_ASKED, text, device=device)
        return command


def rollup(
    store: FleetStore,
    among: Among = None,
    is_shown: Callable[[JobRecord], bool] = lambda _job: True,
) -> Rollup:
    """The fleet, or some of its devices, in a few figures; rates and power are those of the last
    windows. `is_shown`: which of the workshop's jobs count."""
    parts, windows = store.count_devices(among), store.sum_windows(among)
    answers, jobs = store.answer_counts(among), filter(is_shown, store.open_jobs())
    return Rollup(
        devices=sum(part.devices for part in parts),
        online=sum(part.devices for part in parts if part.online),
        deployments=_sums((_standing(part), part.devices) for part in parts),
        variants=_sums((part.serving, part.devices) for part in parts if part.serving),
        fps_demand=windows.fps_demand,
        fps_served=windows.fps_served,
        power_w=windows.power_w,
        frames_dropped=windows.dropped,
        recompressions={
            str(kind): answers.get(kind, 0) for kind in AnswerKind if kind is not AnswerKind.NONE
        },
        jobs_running=sum(j.state is JobState.RUNNING for j in jobs),
    )


def _sums(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for name, devices in counts:
        sums[name] += devices
    return sums


def _standing(part: FleetPart) -> str:
    """What became of a last deployment."""
    return "none" if part.outcome is None else part.outcome or "under way"


def _objective(body: ObjectiveBody) -> dict[str, Any]:
    """As it is kept: whole bytes, and only what is given."""
    objective = msgspec.to_builtins(body)
    return {name: int(v) if name == "memory_bytes" else v for name, v in objective.items()}
