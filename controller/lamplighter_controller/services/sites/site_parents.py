"""Parents for single sites: asked for, followed, offered to the site's devices, removed."""

import secrets
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import msgspec
from lamplighter_client.documents.requests import SiteBody
from lamplighter_client.documents.sites import SiteEstimate, SiteParent
from lamplighter_recipes.variants.site_parents import SiteResult, picture_files
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import JobKind, JobState, Severity

from lamplighter_controller.domain.sites.site_estimate import PastSite, SiteWork, estimate_site
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.sites.site_builder import SiteBuilder
from lamplighter_controller.services.sites.site_documents import site_document
from lamplighter_controller.services.sites.site_pictures import SitePictures
from lamplighter_controller.store.base import DeviceStore, JobStore
from lamplighter_controller.store.records import JobRecord
from lamplighter_controller.workshop.jobs import BuildCancelled
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder

BATCH = 8
CAUSE = "parent of the site"


class SiteParents:
    """Call it on the deciding thread. An order is on disk before its work begins."""

    def __init__(
        self,
        devices: DeviceStore,
        jobs: JobStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        catalogue: Catalogue,
        decisions: Decisions,
        builder: SiteBuilder,
        pictures: SitePictures,
    ) -> None:
        self._devices, self._jobs = devices, jobs
        self._clock, self._queue, self._events = clock, queue, events
        self._catalogue, self._decisions, self._builder = catalogue, decisions, builder
        self._pictures = pictures
        self._stopped: set[str] = set()
        builder.changed = lambda: queue.submit(self._offer_anew)

    def resume(self) -> None:
        """After a start: go on with what the last process had begun."""
        self._builder.shelf.delete_stray_pictures()
        for order in self._builder.shelf.orders():
            self._begin(order)

    def listing(self) -> list[SiteParent]:
        """All sites with a parent, or with work on one, by name."""
        shelf = self._builder.shelf
        orders = {order.site: order for order in shelf.orders()}
        results = {result.site: result for result in shelf.outcomes()}
        kept = {parent.result.site: parent.result for parent in shelf.kept()}
        return [
            site_document(
                site,
                orders.get(site),
                self._job_of(orders.get(site)),
                results.get(site),
                kept.get(site),
            )
            for site in sorted({*orders, *results})
        ]

    def estimate(self, body: SiteBody) -> SiteEstimate:
        """What it will cost and gain.

        Raises:
            InvalidError: there is no such parent, no such folder, or the device is elsewhere.
            NotFoundError: there is no such device.
        """
        order = self._order(body)
        pictures = order.count or len(picture_files(Path(order.pictures)))
        past = [
            PastSite(one.mmac, one.seconds.get("train", 0.0), one.agreement.points)
            for one in self._builder.shelf.outcomes()
        ]
        mmac = self._builder.mmac
        steps = order.steps * (1 if order.moved == 1 else 2)
        work = SiteWork(mmac(order.base), mmac(order.teacher), pictures, steps, BATCH)
        estimate = estimate_site(work, past)
        return SiteEstimate(
            site=order.site,
            pictures=pictures,
            seconds=estimate.seconds,
            gain_points=estimate.gain_points,
            basis=estimate.basis,
        )

    def specialise(self, body: SiteBody) -> SiteParent:
        """Begin; progress is in the list of sites and of jobs.

        Raises:
            ConflictError: work for this site is under way.
            InvalidError: there is no such parent, no such folder, or the device is elsewhere.
            NotFoundError: there is no such device.
        """
        order = self._order(body)
        if any(other.site == order.site for other in self._builder.shelf.orders()):
            raise ConflictError(f"a parent for {order.site} is being made; stop it first")
        if self._pictures.is_busy(order.device):
            raise ConflictError(f"{order.device} is asked for pictures already")
        text = work_sentences.site_begun(order.site, order.base, order.teacher)
        self._events.add(ControllerEvent.SITE, text, site=order.site, pictures=order.pictures)
        if order.device:
            self._builder.shelf.delete_pictures(order)  # of an earlier order
        self._begin(order)
        return self._document(order.site)

    def stop(self, site: str) -> SiteParent:
        """End the work for a site; asked for again it goes on where it was.

        Raises:
            NotFoundError: there is no work for it.
        """
        if not any(order.site == site for order in self._builder.shelf.orders()):
            raise NotFoundError(f"no parent for {site} is being made")
        self._stopped.add(site)
        document = self._document(site)
        if not (self._pictures.stop(site) or self._builder.stop(site)):
            self._builder.shelf.drop_order(site)
        return document

    def remove(self, site: str) -> SiteParent:
        """Drop a site's parent; its devices are planned for anew.

        Raises:
            NotFoundError: there is none.
            ConflictError: one is being made.
        """
        document = self._document(site)
        if document.state == JobState.RUNNING:
            raise ConflictError(f"a parent for {site} is being made; stop it first")
        self._builder.shelf.remove(site)
        self._events.add(ControllerEvent.SITE_REMOVED, work_sentences.site_removed(site), site=site)
        self._plan_site(site)
        return document

    def _document(self, site: str) -> SiteParent:
        for document in self.listing():
            if document.site == site:
                return document
        raise NotFoundError(f"there is no parent for {site}")

    def _job_of(self, order: SiteOrder | None) -> JobRecord | None:
        return self._jobs.job(order.job) if order is not None and order.job else None

    def _order(self, body: SiteBody) -> SiteOrder:
        families = dict(self._builder.parents())
        for parent in (body.base, body.teacher):
            if parent not in families:
                known = ", ".join(sorted(families))
                raise InvalidError(f"no parent {parent!r}; there are: {known}")
        if bool(body.pictures) is bool(body.device):
            raise InvalidError("name either a folder of pictures or a device that sends some")
        for folder in filter(None, (body.pictures, body.replay)):
            if not Path(folder).is_dir():
                raise InvalidError(f"{folder} is no folder on the controller's machine")
        order = SiteOrder(
            site=body.site,
            base=body.base,
            teacher=body.teacher,
            family=families[body.base],
            teacher_family=families[body.teacher],
            pictures=body.pictures,
            replay=body.replay,
            steps=body.steps,
            moved=body.moved,
        )
        return self._from_device(order, body) if body.device else order

    def _from_device(self, order: SiteOrder, body: SiteBody) -> SiteOrder:
        """An order whose pictures a device sends."""
        record = self._devices.device(body.device)
        if record.retired_at is not None or record.site != body.site:
            raise InvalidError(f"{body.device} is retired, or is not at {body.site}")
        order = msgspec.structs.replace(
            order,
            device=body.device,
            stream=body.stream,
            count=body.count,
            interval_s=body.interval_s,
            keep_pictures=body.keep_pictures,
        )
        folder = self._builder.shelf.pictures_dir(order)
        return msgspec.structs.replace(order, pictures=str(folder))

    def _begin(self, order: SiteOrder) -> None:
        job = JobRecord(
            id=secrets.token_hex(8),
            kind=JobKind.SPECIALISE_SITE,
            subject=order.site,
            state=JobState.RUNNING,
            created_at=self._clock.time(),
        )
        order = msgspec.structs.replace(order, job=job.id)
        self._builder.shelf.put_order(order)
        self._jobs.put_job(job)
        if not order.device:
            self._work(order)
            return
        self._pictures.collect(
            order, partial(self._progress, job.id), partial(self._collected, order)
        )

    def _collected(self, order: SiteOrder, failure: str) -> None:
        if failure:
            self._fail(order, failure)
        else:
            self._work(order)

    def _work(self, order: SiteOrder) -> None:
        future = self._builder.specialise(
            order, lambda share, stage: self._queue.submit(self._progress, order.job, share, stage)
        )
        future.add_done_callback(lambda done: self._queue.submit(self._finish, order, done))

    def _progress(self, job: str, share: float, stage: str) -> None:
        record = self._jobs.job(job)
        if record is not None and record.state is JobState.RUNNING:
            self._jobs.put_job(msgspec.structs.replace(record, progress=share, stage=stage))

    def _finish(self, order: SiteOrder, done: "Future[SiteResult]") -> None:
        failure = done.exception()
        if isinstance(failure, BuildCancelled) and order.site not in self._stopped:
            return  # the controller stops; its next start goes on
        if failure is not None:
            self._fail(order, str(failure) or type(failure).__name__)
            return
        self._stopped.discard(order.site)
        self._end_job(order.job, "")
        self._pictures.delete(order)
        self._report(done.result())
        self._plan_site(order.site)

    def _fail(self, order: SiteOrder, error: str) -> None:
        """There is no result; pictures go before the order that names them."""
        was_stopped = order.site in self._stopped
        self._stopped.discard(order.site)
        self._end_job(order.job, error)
        self._pictures.delete(order)
        self._builder.shelf.drop_order(order.site)
        kind = ControllerEvent.SITE_STOPPED if was_stopped else ControllerEvent.SITE_FAILED
        severity = Severity.INFO if was_stopped else Severity.WARNING
        text = work_sentences.site_failed(order.site, error)
        self._events.add(kind, text, severity=severity, site=order.site)

    def _end_job(self, job: str, error: str) -> None:
        record = self._jobs.job(job)
        if record is None:
            return
        closed = msgspec.structs.replace(
            record,
            state=JobState.FAILED if error else JobState.DONE,
            progress=record.progress if error else 1.0,
            error=error[:1000],
            finished_at=self._clock.time(),
        )
        self._jobs.put_job(closed)

    def _report(self, result: SiteResult) -> None:
        kind = ControllerEvent.SITE_PARENT if result.kept else ControllerEvent.SITE_NO_GAIN
        reasons = "; ".join(result.reasons)
        text = work_sentences.site_ended(result.site, reasons, kept=result.kept)
        self._events.add(kind, text, site=result.site, gain_points=result.agreement.points)

    def _offer_anew(self) -> None:
        """A site's parent has become ready to be built from."""
        self._catalogue.forget()
        for parent in self._builder.shelf.kept():
            self._plan_site(parent.result.site)

    def _plan_site(self, site: str) -> None:
        self._catalogue.forget()
        for record in self._devices.devices():
            if record.site == site:
                self._queue.submit(self._decisions.consider, record.id, CAUSE)
