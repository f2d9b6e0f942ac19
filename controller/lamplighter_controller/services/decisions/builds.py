"""Variants under construction: one job each, however many devices wait."""

import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import JobKind, JobState, Severity

from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.store.base import JobStore
from lamplighter_controller.store.records import JobRecord

# Called on the deciding thread with the variant, a device that waited, and an error or "".
Ended = Callable[[str, str, str], None]


class Builds:
    """Starts builds and registers what they make; `evaluate_after_s` 0: no full evaluation."""

    def __init__(
        self,
        jobs: JobStore,
        clock: Clock,
        queue: DecisionQueue,
        builder: Builder,
        catalogue: Catalogue,
        events: EventLog,
        evaluate_after_s: float,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._queue = queue
        self._builder = builder
        self._catalogue = catalogue
        self._events = events
        self._evaluate_after_s = evaluate_after_s
        self._waiting: dict[str, set[str]] = {}

    def start(self, variant: str, device: str, ended: Ended) -> None:
        """Build a variant for a device; `ended` follows on the deciding thread."""
        waiting = self._waiting.get(variant)
        if waiting is not None:
            waiting.add(device)
            return
        self._waiting[variant] = {device}
        spec = self._catalogue.find(variant)
        if spec is None or spec.built:
            error = "" if spec else "not in the catalogue"
            self._queue.submit(self._release, variant, error, ended)
            return
        text = work_sentences.building(variant, device)
        self._events.add(ControllerEvent.BUILD, text, device=device, variant=variant)
        self._begin(spec, ended)

    def order(self, variant: str, ended: Ended) -> JobRecord:
        """Build a variant for which no device waits; one that is being built already goes on.

        Raises:
            NotFoundError: the catalogue has no such variant.
            ConflictError: it is built.
        """
        spec = self._catalogue.find(variant)
        if spec is None:
            raise NotFoundError(f"no variant {variant!r}; see: lamplighter variant list")
        if spec.built:
            raise ConflictError(f"{variant} is built already")
        if (job := self._open_job(variant)) is not None:
            return job
        self._waiting[variant] = set()
        text = work_sentences.building(variant, "")
        self._events.add(ControllerEvent.BUILD, text, variant=variant)
        return self._begin(spec, ended)

    def cancel(self, variant: str) -> bool:
        """End a build; False: it has ended by itself."""
        return self._builder.cancel(variant)

    def _open_job(self, variant: str) -> JobRecord | None:
        of_it = (job for job in self._jobs.open_jobs() if job.subject == variant)
        return next((job for job in of_it if job.kind is JobKind.BUILD), None)

    def _begin(self, spec: VariantSpec, ended: Ended) -> JobRecord:
        job = self._new_job(spec.id)
        future = self._builder.build(
            spec, lambda share, stage: self._queue.submit(self._progress, job.id, share, stage)
        )
        future.add_done_callback(lambda done: self._queue.submit(self._finish, job, done, ended))
        return job

    def evaluate(self, variant: str) -> None:
        """Measure a variant built in haste in full; its expected accuracy is replaced."""
        spec = self._catalogue.find(variant)
        if spec is None or not spec.built:
            return
        future = self._builder.evaluate(spec, lambda _share, _stage: None)
        future.add_done_callback(lambda done: self._queue.submit(self._evaluated, variant, done))

    def close_lost(self) -> None:
        """End the jobs whose processes ended with the last controller."""
        for job in self._jobs.open_jobs():
            text = "the controller was stopped meanwhile"
            self._jobs.put_job(
                msgspec.structs.replace(
                    job, state=JobState.FAILED, error=text, finished_at=self._clock.time()
                )
            )

    def _new_job(self, variant: str) -> JobRecord:
        job = JobRecord(
            id=secrets.token_hex(8),
            kind=JobKind.BUILD,
            subject=variant,
            state=JobState.RUNNING,
            created_at=self._clock.time(),
        )
        self._jobs.put_job(job)
        return job

    def _progress(self, job: str, share: float, stage: str) -> None:
        record = self._jobs.job(job)
        if record is not None and record.state is JobState.RUNNING:
            self._jobs.put_job(msgspec.structs.replace(record, progress=share, stage=stage))

    def _finish(self, job: JobRecord, done: "Future[VariantSpec]", ended: Ended) -> None:
        error = _error_of(done, job.subject)
        if not error:
            self._keep_built(job, done.result())
        closed = msgspec.structs.replace(
            job,
            state=JobState.FAILED if error else JobState.DONE,
            progress=job.progress if error else 1.0,
            error=error[:1000],
            finished_at=self._clock.time(),
        )
        self._jobs.put_job(closed)
        self._release(job.subject, error, ended)

    def _keep_built(self, job: JobRecord, spec: VariantSpec) -> None:
        self._catalogue.keep(spec)
        seconds = self._clock.time() - job.created_at
        self._events.add(
            ControllerEvent.BUILT,
            work_sentences.built(job.subject, seconds),
            variant=job.subject,
            seconds=seconds,
        )
        if self._evaluate_after_s > 0:
            self._queue.later(self._evaluate_after_s, self.evaluate, job.subject)

    def _release(self, variant: str, error: str, ended: Ended) -> None:
        """Device by device, each behind what has come meanwhile: a fleet holds up nobody."""
        devices = deque(sorted(self._waiting.pop(variant, set())))

        def next_one() -> None:
            if devices:
                self._queue.submit(next_one)
                ended(variant, devices.popleft(), error)

        next_one()

    def _evaluated(self, variant: str, done: "Future[VariantSpec]") -> None:
        failure = done.exception()
        if failure is not None:
            text = work_sentences.evaluation_failed(variant, str(failure))
            kind = ControllerEvent.EVALUATION_FAILED
            self._events.add(kind, text, severity=Severity.WARNING, variant=variant)
            return
        self._catalogue.keep(done.result())
        text = work_sentences.evaluated(variant)
        self._events.add(ControllerEvent.EVALUATED, text, variant=variant)


def _error_of(done: "Future[VariantSpec]", variant: str) -> str:
    """Why it was not built; empty: it is."""
    if done.cancelled():
        return f"{variant} was cancelled"
    failure = done.exception()
    return "" if failure is None else str(failure) or type(failure).__name__
