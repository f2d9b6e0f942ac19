"""What every service works with."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.signing import SigningKey

from lamplighter_controller.domain.message_order import Mark
from lamplighter_controller.domain.predictor import Predictor
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.services.decision_queue import Worker
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import EventRecord

_log = logging.getLogger(__name__)
LOG_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
}

Progress = Callable[[float, str], None]


class Builder(Protocol):
    """The workshop as the services see it."""

    def offers(self) -> Sequence[VariantSpec]:
        """All that could be built, with figures predicted from the parent."""

    def build(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        """Build in a process of its own; the result is built, measured and has a manifest.

        `progress(share, stage)` may be called from any thread.
        """

    def evaluate(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        """The same variant with its accuracy measured in full, at low priority."""


class Refusal(msgspec.Struct, frozen=True):
    """A point that a device refused, left out of its plans for a while."""

    reason: str
    until: float


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """What the services remember of a device between messages; kept as a document."""

    serving: OperatingPoint | None = None
    fps_by_regime: dict[str, float] = {}
    refused: dict[str, Refusal] = {}
    retries: int = 0
    waiting: str = ""  # cause of a plan put off until the deployment under way has ended
    recompression: int = 0  # record that waits for its deployment
    unjudged: int = 0  # record whose points the device has not measured yet
    session: Mark = Mark()  # birth of the present session
    workload: Mark = Mark()  # what the workload was last taken from
    request: Mark = Mark()  # the last request for recompression that was dealt with
    overdue: bool = False  # a shift or breach came too late to be answered by itself


@dataclass
class Context:
    """The parts, put together once by `bootstrap`."""

    settings: ControllerSettings
    store: Store
    clock: Clock
    authority: Authority
    signing_key: SigningKey
    outbound: Outbound
    worker: Worker
    builder: Builder
    broker_host: str = ""  # as devices are told; empty: the first of the public names
    broker_port: int = 0
    predictor: Predictor = field(default_factory=Predictor)
    # Variant under construction -> devices that wait for it.
    building: dict[str, set[str]] = field(default_factory=dict)

    # Device -> why a decision is due that waits for a build or for a deployment's end.
    triggers: dict[str, Trigger] = field(default_factory=dict)
    # The catalogue as last put together; None: put it together again.
    specs: list[VariantSpec] | None = None

    def state(self, device: str) -> DeviceState:
        """What is remembered of a device."""
        document = self.store.document(f"state:{device}")
        return DeviceState() if document is None else msgspec.convert(document, DeviceState)

    def remember(self, device: str, **changes: Any) -> DeviceState:
        """Change what is remembered of a device."""
        state = msgspec.structs.replace(self.state(device), **changes)
        self.store.put_document(f"state:{device}", msgspec.to_builtins(state))
        return state

    def event(
        self,
        kind: str,
        text: str,
        *,
        device: str = "",
        severity: Severity = Severity.INFO,
        **data: Any,
    ) -> None:
        """Something the controller itself has done or noticed."""
        level = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING}.get(
            severity, logging.INFO
        )
        _log.log(level, "%s", text, extra={"device": device, "event": kind})
        self.store.add_event(
            EventRecord(
                device=device,
                at=self.clock.time(),
                kind=kind,
                severity=severity,
                text=text,
                data=data,
            )
        )
