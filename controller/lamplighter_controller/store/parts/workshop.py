"""Built variants, and the work that builds them."""

import sqlalchemy as sa
from lamplighter_wire.enums import JobState

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.records import (
    JobRecord,
    VariantRecord,
)


class SqlWorkshop(Part):
    """Implements `VariantStore` and `JobStore`."""

    def put_variant(self, variant: VariantRecord) -> None:
        self._database.put(t.variants, variant)

    def variants(self) -> list[VariantRecord]:
        return self._database.all(VariantRecord, sa.select(t.variants).order_by(t.variants.c.id))

    def put_job(self, job: JobRecord) -> None:
        self._database.put(t.jobs, job)

    def job(self, job: str) -> JobRecord | None:
        return self._database.first(JobRecord, sa.select(t.jobs).where(t.jobs.c.id == job))

    def open_jobs(self) -> list[JobRecord]:
        query = sa.select(t.jobs).where(t.jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        return self._database.all(JobRecord, query.order_by(t.jobs.c.created_at, t.jobs.c.id))

    def jobs(self, limit: int = 100, before: tuple[float, str] | None = None) -> list[JobRecord]:
        key = t.jobs.c.created_at, t.jobs.c.id
        query = sa.select(t.jobs)
        if before is not None:
            query = query.where(sa.tuple_(*key) < sa.tuple_(*map(sa.literal, before)))
        query = query.order_by(*(column.desc() for column in key)).limit(limit)
        return self._database.all(JobRecord, query)
