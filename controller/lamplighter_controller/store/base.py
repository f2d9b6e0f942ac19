"""What the controller asks of its database. `SqlStore` answers it; one contract suite tests it."""

from typing import Any, Protocol

from lamplighter_wire.messages import Telemetry

from lamplighter_controller.store.records import (
    ApiTokenRecord,
    DeploymentRecord,
    DeviceRecord,
    EventRecord,
    JobRecord,
    PlanRecord,
    RecompressionRecord,
    TokenRecord,
    VariantRecord,
)


class Store(Protocol):
    """All methods may be called from any thread and are durable when they return."""

    def add_device(self, device: DeviceRecord) -> None:
        """Raises ConflictError when the id is taken."""

    def device(self, device: str) -> DeviceRecord:
        """Raises NotFoundError."""

    def devices(self, *, retired: bool = False) -> list[DeviceRecord]: ...

    def update_device(self, device: str, **changes: Any) -> DeviceRecord:
        """Change what the device or the controller says of it. Raises NotFoundError."""

    def configure_device(
        self, device: str, expected_version: int | None, **changes: Any
    ) -> DeviceRecord:
        """An operator's change: compare the version, then set. Raises ConflictError."""

    def add_token(self, token: TokenRecord) -> None: ...

    def token(self, token: str) -> TokenRecord:
        """Raises NotFoundError."""

    def use_token(self, token: str, key: str, now: float) -> bool:
        """Mark as first used now, for a key; False when it was for another before. Atomic."""

    def add_api_token(self, token: ApiTokenRecord) -> None: ...

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None: ...

    def save_desired(
        self, plan: PlanRecord, deployment: DeploymentRecord, envelope: bytes
    ) -> DeploymentRecord:
        """Plan, deployment and the device's desired state in one transaction.

        Raises:
            ConflictError: the device has that revision or a higher one already.
        """

    def add_plan(self, plan: PlanRecord) -> PlanRecord: ...

    def plans(self, device: str, limit: int = 50) -> list[PlanRecord]:
        """Newest first."""

    def deployment(self, device: str, revision: int) -> DeploymentRecord | None: ...

    def deployments(self, device: str, limit: int = 50) -> list[DeploymentRecord]:
        """Newest first."""

    def update_deployment(self, device: str, revision: int, **changes: Any) -> None: ...

    def add_telemetry(self, windows: list[Telemetry]) -> list[Telemetry]:
        """Keep them and return those that were not here before."""

    def telemetry(self, device: str, since: float = 0.0, limit: int = 500) -> list[Telemetry]:
        """The newest `limit` windows, oldest first."""

    def prune_telemetry(self, before: float) -> int:
        """Delete windows that began before; returns how many."""

    def add_event(self, event: EventRecord) -> EventRecord | None:
        """Keep it; None when the device had sent it before."""

    def events(
        self, device: str | None = None, after: int = 0, limit: int = 200
    ) -> list[EventRecord]:
        """After the id `after`, oldest first; the newest `limit` when `after` is 0."""

    def prune_history(self, before: float) -> int:
        """Delete events, plans, deployments, answers and jobs of before; returns how many rows.

        The last deployment of each device, its plan, and what is under way stay.
        """

    def put_variant(self, variant: VariantRecord) -> None: ...

    def variants(self) -> list[VariantRecord]: ...

    def put_job(self, job: JobRecord) -> None: ...

    def jobs(self, limit: int = 100) -> list[JobRecord]:
        """Newest first."""

    def add_recompression(self, record: RecompressionRecord) -> RecompressionRecord: ...

    def update_recompression(self, record: RecompressionRecord) -> None: ...

    def recompressions(self, device: str | None = None) -> list[RecompressionRecord]:
        """Oldest first."""

    def recompression(self, number: int) -> RecompressionRecord | None: ...

    def recompression_of(self, device: str, revision: int) -> RecompressionRecord | None:
        """The answer that a revision carried out; None for revision 0."""

    def document(self, key: str) -> dict[str, Any] | None: ...

    def put_document(self, key: str, value: dict[str, Any]) -> None: ...

    def close(self) -> None: ...
