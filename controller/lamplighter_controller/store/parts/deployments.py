"""Plans, what they intend, and deployments."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import DeploymentStanding
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet.among import Among, is_among
from lamplighter_controller.store.fleet.sums import (
    read_deployment_standings,
    read_last_deployments,
)
from lamplighter_controller.store.records import (
    DeploymentRecord,
    IntentRecord,
    PlanRecord,
)
from lamplighter_controller.store.rows import record_row, to_row


class SqlDeployments(Part):
    """Implements `DeploymentStore` and `IntentStore`."""

    def save_desired(
        self, plan: PlanRecord | int, deployment: DeploymentRecord, envelope: bytes
    ) -> DeploymentRecord:
        revision = deployment.revision
        behind = sa.update(t.devices).where(
            t.devices.c.id == deployment.device, t.devices.c.revision < revision
        )
        with self._database.transaction() as connection:
            changed = connection.execute(
                behind.values(revision=revision, desired=envelope)
            ).rowcount
            if not changed:
                raise ConflictError(f"{deployment.device} is at revision {revision} or higher")
            number = plan if isinstance(plan, int) else self.add_plan(plan).id
            connection.execute(sa.delete(t.intents).where(t.intents.c.plan == number))
            saved = msgspec.structs.replace(deployment, plan=number)
            connection.execute(sa.insert(t.deployments).values(**record_row(saved)))
            self._database.mark_devices([deployment.device])
        return saved

    def save_intent(self, plan: PlanRecord, intent: IntentRecord) -> IntentRecord:
        with self._database.transaction():
            kept = msgspec.structs.replace(intent, plan=self.add_plan(plan).id)
            self._database.put(t.intents, kept)
        return kept

    def intents(self, devices: Sequence[str]) -> dict[str, IntentRecord]:
        query = sa.select(t.intents).where(t.intents.c.device.in_(devices))
        return {record.device: record for record in self._database.all(IntentRecord, query)}

    def update_intent(self, device: str, **changes: Any) -> None:
        query = sa.update(t.intents).where(t.intents.c.device == device)
        with self._database.transaction() as connection:
            connection.execute(query.values(**to_row(IntentRecord, changes)))

    def delete_intent(self, device: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(t.intents).where(t.intents.c.device == device))

    def add_plan(self, plan: PlanRecord) -> PlanRecord:
        return self._database.add_numbered(t.plans, plan)

    def plans(self, device: str, limit: int = 50, before: int | None = None) -> list[PlanRecord]:
        query = sa.select(t.plans).where(t.plans.c.device == device)
        if before is not None:
            query = query.where(t.plans.c.id < before)
        return self._database.all(PlanRecord, query.order_by(t.plans.c.id.desc()).limit(limit))

    def deployment(self, device: str, revision: int) -> DeploymentRecord | None:
        where = (t.deployments.c.device == device, t.deployments.c.revision == revision)
        return self._database.first(DeploymentRecord, sa.select(t.deployments).where(*where))

    def last_deployments(self, devices: Sequence[str]) -> dict[str, DeploymentRecord]:
        with self._database.reading() as connection:
            return read_last_deployments(connection, devices)

    def deployment_standings(self, devices: Sequence[str]) -> dict[str, DeploymentStanding]:
        with self._database.reading() as connection:
            return read_deployment_standings(connection, devices)

    def deployments(
        self,
        device: str,
        limit: int = 50,
        before: int | None = None,
        since: float = 0.0,
        until: float = 0.0,
    ) -> list[DeploymentRecord]:
        columns = t.deployments.c
        query = sa.select(t.deployments).where(columns.device == device, columns.at >= since)
        if until:
            query = query.where(columns.at < until)
        if before is not None:
            query = query.where(columns.revision < before)
        query = query.order_by(t.deployments.c.revision.desc()).limit(limit)
        return self._database.all(DeploymentRecord, query)

    def newest_deployments(
        self, limit: int, before: tuple[float, str, int] | None = None, among: Among = None
    ) -> list[DeploymentRecord]:
        columns = t.deployments.c
        place = (columns.at, columns.device, columns.revision)
        query = sa.select(t.deployments).where(is_among(columns.device, among))
        if before is not None:
            query = query.where(sa.tuple_(*place) < before)
        query = query.order_by(*(column.desc() for column in place))
        return self._database.all(DeploymentRecord, query.limit(limit))

    def update_deployment(self, device: str, revision: int, **changes: Any) -> None:
        where = (t.deployments.c.device == device, t.deployments.c.revision == revision)
        with self._database.transaction() as connection:
            row = to_row(DeploymentRecord, changes)
            connection.execute(sa.update(t.deployments).where(*where).values(**row))
            self._database.mark_devices([device])
