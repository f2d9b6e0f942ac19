"""The store over SQLAlchemy: SQLite in WAL mode when embedded, or a PostgreSQL server."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import JobState
from lamplighter_wire.messages import Telemetry
from sqlalchemy.exc import IntegrityError, OperationalError

from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import Summary
from lamplighter_controller.errors import ConflictError, NotFoundError, StoreError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import DeviceChange, FleetMember
from lamplighter_controller.store.engines import DiskRoom, disk_room, make_engine, shown
from lamplighter_controller.store.fleet import count_answers, read_fleet, read_last_deployments
from lamplighter_controller.store.migrate import upgrade
from lamplighter_controller.store.pruning import HistoryKind, Position, Pruned, prune
from lamplighter_controller.store.records import (
    ApiTokenRecord,
    DeploymentRecord,
    DeviceRecord,
    DeviceState,
    EventRecord,
    JobRecord,
    PlanRecord,
    RecompressionRecord,
    Record,
    TokenRecord,
    VariantRecord,
)
from lamplighter_controller.store.rows import R, dump, from_row, record_row, to_row
from lamplighter_controller.store.states import change_state, read_state
from lamplighter_controller.store.telemetry.condensing import condense_windows
from lamplighter_controller.store.telemetry.conditions import delete_conditions
from lamplighter_controller.store.telemetry.series import Series, next_series
from lamplighter_controller.store.telemetry.summaries import delete_summaries, read_newest_summaries
from lamplighter_controller.store.telemetry.windows import insert_windows, read_newest_windows
from lamplighter_controller.store.windows import read_devices_and_states, write_changes


class SqlStore:
    """Implements `Store`. Migrates the database when opened.

    Writes are serialised inside the process, which is SQLite's own rule anyway.
    """

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._writing = threading.RLock()
        self._current: sa.Connection | None = None  # of who holds the lock
        try:
            upgrade(self._engine)
        except OperationalError as error:
            raise StoreError(f"the database {shown(url)} cannot be used: {error.orig}") from error

    # --- devices

    def add_device(self, device: DeviceRecord) -> None:
        try:
            self._insert(t.devices, record_row(device))
        except IntegrityError as error:
            raise ConflictError(f"there is a device {device.id!r} already") from error

    def device(self, device: str) -> DeviceRecord:
        record = self._one(DeviceRecord, sa.select(t.devices).where(t.devices.c.id == device))
        if record is None:
            raise NotFoundError(f"no device {device!r}; see: lamplighter device list")
        return record

    def devices(
        self, *, retired: bool = False, after: str = "", limit: int = 0
    ) -> list[DeviceRecord]:
        query = sa.select(t.devices).where(t.devices.c.id > after).order_by(t.devices.c.id)
        query = query.limit(limit or None)
        if not retired:
            query = query.where(t.devices.c.retired_at.is_(None))
        return self._all(DeviceRecord, query)

    def update_device(
        self, device: str, *, state: Mapping[str, Any] | None = None, **changes: Any
    ) -> DeviceRecord:
        with self._write() as connection:
            if changes:
                row = to_row(DeviceRecord, changes)
                query = sa.update(t.devices).where(t.devices.c.id == device)
                connection.execute(query.values(**row))
            if state:
                change_state(connection, device, state)
        return self.device(device)

    def configure_device(
        self, device: str, expected_version: int | None, **changes: Any
    ) -> DeviceRecord:
        current = self.device(device).version
        version = current if expected_version is None else expected_version
        row = to_row(DeviceRecord, changes) | {"version": version + 1}
        query = sa.update(t.devices).where(t.devices.c.id == device, t.devices.c.version == version)
        with self._write() as connection:
            changed = connection.execute(query.values(**row)).rowcount
        if not changed:
            raise ConflictError(
                f"device {device!r} is at version {current}, not {version}; read it again"
            )
        return self.device(device)

    def device_state(self, device: str) -> DeviceState:
        with self._engine.connect() as connection:
            return read_state(connection, device)

    def update_state(self, device: str, **changes: Any) -> None:
        with self._write() as connection:
            change_state(connection, device, changes)

    def observations(self) -> list[Observation]:
        active = t.observations.c.device == t.devices.c.id, t.devices.c.retired_at.is_(None)
        query = sa.select(t.observations.c.document).where(*active).order_by(t.devices.c.id)
        with self._engine.connect() as connection:
            texts = connection.execute(query).scalars().all()
        return [o for text in texts for o in msgspec.json.decode(text, type=list[Observation])]

    def put_observations(self, device: str, observations: list[Observation]) -> None:
        row = {"device": device, "document": dump(observations)}
        self._upsert(t.observations, {"device": device}, row)

    # --- tokens

    def add_token(self, token: TokenRecord) -> None:
        self._insert(t.tokens, record_row(token))

    def token(self, token: str) -> TokenRecord:
        record = self._one(TokenRecord, sa.select(t.tokens).where(t.tokens.c.id == token))
        if record is None:
            raise NotFoundError("no such enrolment token; make one with: lamplighter token create")
        return record

    def use_token(self, token: str, key: str, now: float) -> bool:
        free = sa.or_(t.tokens.c.used_at.is_(None), t.tokens.c.used_key == key)
        query = sa.update(t.tokens).where(t.tokens.c.id == token, free)
        with self._write() as connection:
            first = sa.func.coalesce(t.tokens.c.used_at, now)
            changed = connection.execute(query.values(used_at=first, used_key=key))
            return changed.rowcount == 1

    def add_api_token(self, token: ApiTokenRecord) -> None:
        self._upsert(t.api_tokens, {"secret_hash": token.secret_hash}, record_row(token))

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None:
        query = sa.select(t.api_tokens).where(t.api_tokens.c.secret_hash == secret_hash)
        return self._one(ApiTokenRecord, query)

    # --- plans and deployments

    def save_desired(
        self, plan: PlanRecord, deployment: DeploymentRecord, envelope: bytes
    ) -> DeploymentRecord:
        revision = deployment.revision
        behind = sa.update(t.devices).where(
            t.devices.c.id == deployment.device, t.devices.c.revision < revision
        )
        with self._write() as connection:
            changed = connection.execute(
                behind.values(revision=revision, desired=envelope)
            ).rowcount
            if not changed:
                raise ConflictError(f"{deployment.device} is at revision {revision} or higher")
            number = _insert_counted(connection, t.plans, plan)
            saved = msgspec.structs.replace(deployment, plan=number)
            connection.execute(sa.insert(t.deployments).values(**record_row(saved)))
        return saved

    def add_plan(self, plan: PlanRecord) -> PlanRecord:
        with self._write() as connection:
            return msgspec.structs.replace(plan, id=_insert_counted(connection, t.plans, plan))

    def plans(self, device: str, limit: int = 50) -> list[PlanRecord]:
        query = sa.select(t.plans).where(t.plans.c.device == device)
        return self._all(PlanRecord, query.order_by(t.plans.c.id.desc()).limit(limit))

    def deployment(self, device: str, revision: int) -> DeploymentRecord | None:
        where = (t.deployments.c.device == device, t.deployments.c.revision == revision)
        return self._one(DeploymentRecord, sa.select(t.deployments).where(*where))

    def last_deployments(self, devices: Sequence[str]) -> dict[str, DeploymentRecord]:
        with self._engine.connect() as connection:
            return read_last_deployments(connection, devices)

    def deployments(self, device: str, limit: int = 50) -> list[DeploymentRecord]:
        query = sa.select(t.deployments).where(t.deployments.c.device == device)
        query = query.order_by(t.deployments.c.revision.desc()).limit(limit)
        return self._all(DeploymentRecord, query)

    def update_deployment(self, device: str, revision: int, **changes: Any) -> None:
        where = (t.deployments.c.device == device, t.deployments.c.revision == revision)
        with self._write() as connection:
            row = to_row(DeploymentRecord, changes)
            connection.execute(sa.update(t.deployments).where(*where).values(**row))

    # --- telemetry and events

    def transaction(self) -> AbstractContextManager[None]:
        return self._whole()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        with self._write():
            yield

    def devices_and_states(
        self, devices: Iterable[str]
    ) -> dict[str, tuple[DeviceRecord, DeviceState]]:
        with self._engine.connect() as connection:
            return read_devices_and_states(connection, devices)

    def add_telemetry(self, windows: Sequence[Telemetry], received_at: float) -> list[Telemetry]:
        with self._write() as connection:
            return insert_windows(connection, windows, received_at)

    def save_changes(self, changes: Iterable[DeviceChange]) -> None:
        with self._write() as connection:
            write_changes(connection, list(changes))

    def telemetry(
        self, device: str, since: float = 0.0, limit: int | None = 500
    ) -> list[Telemetry]:
        with self._engine.connect() as connection:
            return read_newest_windows(connection, device, since, limit)

    def summaries(
        self, device: str, resolution_s: int, since: float = 0.0, limit: int | None = 500
    ) -> list[Summary]:
        with self._engine.connect() as connection:
            return read_newest_summaries(connection, device, resolution_s, since, limit)

    def next_series(self, after: Series | None) -> Series | None:
        with self._engine.connect() as connection:
            return next_series(connection, after)

    def condense_windows(self, series: Series, cutoff: Cutoff, limit: int) -> int:
        with self._write() as connection:
            return condense_windows(connection, series, cutoff, limit)

    def delete_summaries(
        self, series: Series, resolution_s: int, cutoff: Cutoff, limit: int
    ) -> int:
        with self._write() as connection:
            return delete_summaries(connection, series, resolution_s, cutoff, limit)

    def delete_conditions(self, before: float) -> int:
        with self._write() as connection:
            return delete_conditions(connection, before)

    def add_event(self, event: EventRecord) -> EventRecord | None:
        columns = t.events.c
        same = (columns.device == event.device, columns.seq == event.seq, columns.at == event.at)
        with self._write() as connection:
            if event.seq and connection.execute(sa.select(columns.id).where(*same)).first():
                return None
            number = _insert_counted(connection, t.events, event)
        return msgspec.structs.replace(event, id=number)

    def events(
        self, device: str | None = None, after: int = 0, limit: int = 200
    ) -> list[EventRecord]:
        query = sa.select(t.events).where(t.events.c.id > after)
        if device is not None:
            query = query.where(t.events.c.device == device)
        if after:
            return self._all(EventRecord, query.order_by(t.events.c.id).limit(limit))
        newest = self._all(EventRecord, query.order_by(t.events.c.id.desc()).limit(limit))
        return newest[::-1]

    def prune_history(
        self, kind: HistoryKind, before: float, after: Position | None, limit: int
    ) -> Pruned:
        with self._write() as connection:
            return prune(connection, kind, before, after, limit)

    def disk_room(self) -> DiskRoom | None:
        return disk_room(self._engine)

    # --- the fleet as a whole

    def fleet(self) -> list[FleetMember]:
        with self._engine.connect() as connection:
            return read_fleet(connection)

    def answer_counts(self) -> dict[str, int]:
        with self._engine.connect() as connection:
            return count_answers(connection)

    # --- variants, jobs, recompressions

    def put_variant(self, variant: VariantRecord) -> None:
        self._upsert(t.variants, {"id": variant.id}, record_row(variant))

    def variants(self) -> list[VariantRecord]:
        return self._all(VariantRecord, sa.select(t.variants).order_by(t.variants.c.id))

    def put_job(self, job: JobRecord) -> None:
        self._upsert(t.jobs, {"id": job.id}, record_row(job))

    def job(self, job: str) -> JobRecord | None:
        return self._one(JobRecord, sa.select(t.jobs).where(t.jobs.c.id == job))

    def open_jobs(self) -> list[JobRecord]:
        query = sa.select(t.jobs).where(t.jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        return self._all(JobRecord, query.order_by(t.jobs.c.created_at, t.jobs.c.id))

    def jobs(self, limit: int = 100) -> list[JobRecord]:
        query = sa.select(t.jobs).order_by(t.jobs.c.created_at.desc(), t.jobs.c.id).limit(limit)
        return self._all(JobRecord, query)

    def add_recompression(self, record: RecompressionRecord) -> RecompressionRecord:
        with self._write() as connection:
            number = _insert_counted(connection, t.recompressions, record)
        return msgspec.structs.replace(record, id=number)

    def update_recompression(self, record: RecompressionRecord) -> None:
        self._upsert(t.recompressions, {"id": record.id}, record_row(record))

    def recompressions(self, device: str | None = None) -> list[RecompressionRecord]:
        query = sa.select(t.recompressions).order_by(t.recompressions.c.id)
        if device is not None:
            query = query.where(t.recompressions.c.device == device)
        return self._all(RecompressionRecord, query)

    def recompression(self, number: int) -> RecompressionRecord | None:
        query = sa.select(t.recompressions).where(t.recompressions.c.id == number)
        return self._one(RecompressionRecord, query)

    def recompression_of(self, device: str, revision: int) -> RecompressionRecord | None:
        if not revision:
            return None
        columns = t.recompressions.c
        where = (columns.device == device, columns.revision == revision)
        query = sa.select(t.recompressions).where(*where).order_by(columns.id)
        return self._one(RecompressionRecord, query)

    def close(self) -> None:
        self._engine.dispose()

    # --- helpers

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """The connection of the transaction that this thread is in, or of a new one."""
        with self._writing:
            if self._current is not None:
                yield self._current
                return
            with self._engine.begin() as connection:
                self._current = connection
                try:
                    yield connection
                finally:
                    self._current = None

    def _insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        with self._write() as connection:
            connection.execute(sa.insert(table).values(**row))

    def _upsert(self, table: sa.Table, key: dict[str, Any], row: dict[str, Any]) -> None:
        where = [table.c[name] == value for name, value in key.items()]
        with self._write() as connection:
            if not connection.execute(sa.update(table).where(*where).values(**row)).rowcount:
                connection.execute(sa.insert(table).values(**row))

    def _one(self, kind: type[R], query: sa.Select[Any]) -> R | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else from_row(kind, row)

    def _all(self, kind: type[R], query: sa.Select[Any]) -> list[R]:
        with self._engine.connect() as connection:
            return [from_row(kind, row) for row in connection.execute(query)]


def _insert_counted(connection: sa.Connection, table: sa.Table, record: Record) -> int:
    row = record_row(record)
    row.pop("id")
    key = connection.execute(sa.insert(table).values(**row)).inserted_primary_key
    if key is None:
        raise StoreError(f"the database gave no number to a new row of {table.name}")
    return int(key[0])
