"""Built variants, and the work that builds them."""

import msgspec
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    JobRecord,
    VariantRecord,
)
from lamplighter_wire.enums import JobKind, JobState


def test_variants_and_jobs_are_replaced_by_id(store: Store) -> None:
    variant = VariantRecord(
        id="v1", model="m", recipe="r", manifest="f" * 64, size_bytes=9, built_at=1.0
    )
    store.put_variant(variant)
    newer = msgspec.structs.replace(variant, built_at=2.0, document={"precision": "int8"})
    store.put_variant(newer)
    assert store.variants() == [newer]
    job = JobRecord(id="j1", kind=JobKind.BUILD, subject="v1", created_at=1.0)
    store.put_job(job)
    done = msgspec.structs.replace(job, state=JobState.DONE, progress=1.0, finished_at=2.0)
    store.put_job(done)
    store.put_job(JobRecord(id="j0", kind=JobKind.BUILD, subject="v2", created_at=3.0))
    assert [j.id for j in store.jobs()] == ["j0", "j1"]
    assert store.jobs()[1] == done


def test_jobs_that_have_not_ended(store: Store) -> None:
    for state in ("queued", "running", "done", "failed"):
        store.put_job(JobRecord(id=state, kind=JobKind.BUILD, subject="v", state=JobState(state)))
    assert {job.id for job in store.open_jobs()} == {"queued", "running"}
    job = store.job("done")
    assert job is not None and job.state == "done"
    assert store.job("other") is None
