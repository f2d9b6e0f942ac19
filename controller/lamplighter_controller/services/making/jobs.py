"""Work of the workshop that an operator begins or ends."""

from lamplighter_wire.enums import JobKind, JobState

from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.sites.site_parents import SiteParents
from lamplighter_controller.store.base import JobStore
from lamplighter_controller.store.records import JobRecord


class Jobs:
    """Called on the deciding thread."""

    def __init__(self, jobs: JobStore, decisions: Decisions, sites: SiteParents) -> None:
        self._jobs = jobs
        self._decisions = decisions
        self._sites = sites

    def job(self, job: str) -> JobRecord:
        """How far it is.

        Raises:
            NotFoundError: there is none.
        """
        record = self._jobs.job(job)
        if record is None:
            raise NotFoundError(f"no job {job!r}")
        return record

    def build(self, variant: str) -> JobRecord:
        """Build a variant for which no device waits; one that is being built already goes on.

        Raises:
            NotFoundError: the catalogue has no such variant.
            ConflictError: it is built.
        """
        return self._decisions.build(variant)

    def cancel(self, job: str) -> JobRecord:
        """End a piece of work: as it was when that was asked for, its end follows.

        Raises:
            NotFoundError: there is none.
            ConflictError: it has ended.
        """
        record = self.job(job)
        if record.state not in (JobState.QUEUED, JobState.RUNNING):
            raise ConflictError(f"job {job} has ended already")
        if record.kind is JobKind.SPECIALISE_SITE:
            self._sites.stop(record.subject)
        elif not self._decisions.cancel_build(record.subject):
            raise ConflictError(f"job {job} is about to end by itself")
        return record
