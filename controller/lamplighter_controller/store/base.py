"""What the controller asks of its database, by part; `SqlStore` answers all of it.

All methods may be called from any thread and are durable when they return.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from lamplighter_wire.enums import Outcome

from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.store.attention.stores import MarkStore
from lamplighter_controller.store.audit.stores import AuditStore
from lamplighter_controller.store.configurations.stores import ConfigurationStore
from lamplighter_controller.store.engines import DiskRoom
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.groups.stores import GroupStore, OverrideStore
from lamplighter_controller.store.pruning import EventQuota
from lamplighter_controller.store.readers.readers import ReaderStore
from lamplighter_controller.store.records import (
    DeploymentRecord,
    DeviceRecord,
    DeviceState,
    IntentRecord,
    JobRecord,
    PlanRecord,
    PolicyRecord,
    RecompressionRecord,
    VariantRecord,
)
from lamplighter_controller.store.registering.stores import ClaimStore, RegistrationStore
from lamplighter_controller.store.rollouts.stores import RolloutStore
from lamplighter_controller.store.telemetry.stores import (
    EventStore,
    HistoryUpkeep,
    TelemetryStore,
    TelemetryUpkeep,
)
from lamplighter_controller.store.token_stores import ApiTokenStore, CertificateStore, TokenStore
from lamplighter_controller.store.webhooks.stores import WebhookStore


class DeviceStore(Protocol):
    """Devices, and what is remembered of them between messages."""

    def transaction(self) -> AbstractContextManager[object]:
        """What this thread writes within is kept as a whole or not at all.

        Within another transaction it can be undone by itself; the commit is that one's.
        """

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk, and never if that is undone.

        Outside of a transaction, at once.
        """

    def add_device(self, device: DeviceRecord) -> None:
        """Add one.

        Raises:
            ConflictError: the id is taken.
        """

    def device(self, device: str) -> DeviceRecord:
        """One device, also a retired one.

        Raises:
            NotFoundError: there is no such device.
        """

    def devices(
        self, *, retired: bool = False, after: str = "", limit: int = 0
    ) -> list[DeviceRecord]:
        """In the order of their ids, those behind the id `after`; a limit of 0 is none."""

    def devices_at(self, site: str) -> list[DeviceRecord]:
        """Of a site, retired ones too."""

    def update_device(
        self, device: str, *, state: Mapping[str, Any] | None = None, **changes: Any
    ) -> DeviceRecord:
        """Change fields of the record and of its `DeviceState` in one transaction.

        Raises:
            NotFoundError: there is no such device.
        """

    def configure_device(
        self, device: str, expected_version: int | None, **changes: Any
    ) -> DeviceRecord:
        """An operator's change: compare the version, then set.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: it is at another version.
        """

    def device_state(self, device: str) -> DeviceState:
        """What is remembered of a device; the defaults where that is nothing yet."""

    def update_state(self, device: str, **changes: Any) -> None:
        """Change fields of what is remembered.

        Raises:
            NotFoundError: there is no such device.
        """


class PolicyStore(Protocol):
    """What operators have changed of the policy, by scope; new changes replace those of before."""

    def policies(self) -> list[PolicyRecord]: ...

    def put_policy(self, policy: PolicyRecord) -> None: ...

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk, and never if that is undone."""


class ObservationStore(Protocol):
    """What the predictor has learnt, by device."""

    def observations(self) -> list[Observation]:
        """Those of all devices that are not retired."""

    def put_observations(self, device: str, observations: list[Observation]) -> None:
        """All that is kept of one device, in the place of what was kept before."""


@dataclass(frozen=True)
class DeploymentStanding:
    """What became of a deployment so far."""

    variant: str
    at: float
    outcome: Outcome
    reason: str


class IntentStore(Protocol):
    """What devices shall serve and were not told yet, by device."""

    def save_intent(self, plan: PlanRecord, intent: IntentRecord) -> IntentRecord:
        """A plan, and in the place of what was intended before, what it wants; in one."""

    def intents(self, devices: Sequence[str]) -> dict[str, IntentRecord]: ...

    def update_intent(self, device: str, **changes: Any) -> None: ...

    def delete_intent(self, device: str) -> None: ...


class DeploymentStore(Protocol):
    """Plans and deployments."""

    def save_desired(
        self, plan: PlanRecord | int, deployment: DeploymentRecord, envelope: bytes
    ) -> DeploymentRecord:
        """Plan, deployment and the device's desired state in one transaction.

        A plan that is kept already is given by its number: it was intended, and is no longer.

        Raises:
            ConflictError: the device has that revision or a higher one already.
        """

    def add_plan(self, plan: PlanRecord) -> PlanRecord: ...

    def plans(self, device: str, limit: int = 50, before: int | None = None) -> list[PlanRecord]:
        """Newest first, those older than the id `before`."""

    def deployment(self, device: str, revision: int) -> DeploymentRecord | None: ...

    def last_deployments(self, devices: Sequence[str]) -> dict[str, DeploymentRecord]:
        """Of several devices, that of their present revision, where there is one."""

    def deployment_standings(self, devices: Sequence[str]) -> dict[str, DeploymentStanding]:
        """What became of these deployments."""

    def deployments(
        self,
        device: str,
        limit: int = 50,
        before: int | None = None,
        since: float = 0.0,
        until: float = 0.0,
    ) -> list[DeploymentRecord]:
        """Newest first, those below the revision `before`; ordered at `since` or later and, where
        it is not 0, before `until`."""

    def newest_deployments(
        self, limit: int, before: tuple[float, str, int] | None = None, among: Among = None
    ) -> list[DeploymentRecord]:
        """Of all devices or of some, newest first: those before a place (at, device, revision)."""

    def update_deployment(self, device: str, revision: int, **changes: Any) -> None: ...


class VariantStore(Protocol):
    """Built variants."""

    def put_variant(self, variant: VariantRecord) -> None: ...

    def variants(self) -> list[VariantRecord]: ...


class JobStore(Protocol):
    """Work of the workshop."""

    def put_job(self, job: JobRecord) -> None: ...

    def job(self, job: str) -> JobRecord | None: ...

    def jobs(self, limit: int = 100, before: tuple[float, str] | None = None) -> list[JobRecord]:
        """Newest first, those made before a time and, of the same time, below an id."""

    def open_jobs(self) -> list[JobRecord]:
        """All that have not ended."""


class AdaptationStore(Protocol):
    """Answers to shifts and breaches."""

    def add_recompression(self, record: RecompressionRecord) -> RecompressionRecord: ...

    def update_recompression(self, record: RecompressionRecord) -> None: ...

    def recompressions(
        self,
        device: str | None = None,
        *,
        after: int = 0,
        limit: int = 0,
        without: Collection[str] = (),
        among: Among = None,
    ) -> list[RecompressionRecord]:
        """Oldest first, those after the id `after` and not of a kind in `without`.

        A limit of 0 is none.
        """

    def recompression(self, number: int) -> RecompressionRecord | None: ...

    def recompression_of(self, device: str, revision: int) -> RecompressionRecord | None:
        """The answer that a revision carried out; None for revision 0."""


class Store(
    DeviceStore,
    PolicyStore,
    ObservationStore,
    TokenStore,
    CertificateStore,
    ApiTokenStore,
    IntentStore,
    DeploymentStore,
    TelemetryStore,
    TelemetryUpkeep,
    HistoryUpkeep,
    EventQuota,
    EventStore,
    VariantStore,
    JobStore,
    AdaptationStore,
    FleetStore,
    GroupStore,
    OverrideStore,
    ClaimStore,
    RegistrationStore,
    RolloutStore,
    ConfigurationStore,
    AuditStore,
    MarkStore,
    WebhookStore,
    ReaderStore,
    Protocol,
):
    """The whole database."""

    def disk_room(self) -> DiskRoom | None:
        """On the disk of the database; None where that is not ours to know."""

    def close(self) -> None: ...
