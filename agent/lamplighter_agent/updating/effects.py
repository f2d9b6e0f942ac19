"""The effects of a deployment, done for real: fetch, verify, prove, swap, watch, roll back.

Every failure becomes a reason code here; nothing is raised for what a controller may send.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import EventKind, ReasonCode, Severity
from lamplighter_wire.messages import (
    Capabilities,
    Desired,
    Limits,
    Manifest,
    OperatingPoint,
    Rung,
    Transfer,
    Workload,
)
from lamplighter_wire.rules.limits import latency_limit_ms
from lamplighter_wire.rules.memory import variant_bytes
from lamplighter_wire.rules.needs import unmet_needs

from lamplighter_agent.acceptance.acceptance_test import Prover
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.needed_chunks import needed_chunks
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.delivery.transfer_totals import Account
from lamplighter_agent.deployment.failure_reasons import FAULTS, failure
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.deployment.state_machine import Done, Event, Failed
from lamplighter_agent.deployment.steps import Answer, CalledOffError, Control
from lamplighter_agent.device.capabilities import usable_memory_bytes
from lamplighter_agent.errors import DiskFullError, FetchError
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.operating_points import same_work
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.resident_models import LadderStep, Residents
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.probation import breach_in_service

log = logging.getLogger(__name__)

Tell = Callable[[EventKind, Severity, str, dict[str, Any]], None]

STRIDE = 32
WATCH_ERRORS = 3
WATCH_TICK_S = 0.1
# A probation that gets no frames (camera lost) ends after this many times its length.
WATCH_PATIENCE = 20
LEAST_WATCH_S = 900.0


class Delivery(Protocol):
    """The part of the fetcher that is needed here."""

    def fetch(
        self,
        shas: Sequence[str],
        revision: int,
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
    ) -> Transfer: ...


class DeviceDuties:
    """Implements runner.Duties on this device."""

    def __init__(
        self,
        *,
        settings: AgentSettings,
        capabilities: Capabilities,
        clock: Clock,
        store: ChunkStore,
        slots: Slots,
        pool: EnginePool,
        delivery: Delivery,
        open_manifest: Callable[[bytes], Manifest],
        serve: InService,
        prover: Prover,
        tell: Tell,
    ) -> None:
        self._settings, self._capabilities, self._clock = settings, capabilities, clock
        self._store, self._slots, self._pool = store, slots, pool
        self._delivery, self._open_manifest = delivery, open_manifest
        self._serve, self._prover, self._tell = serve, prover, tell
        self._residents = Residents(pool, serve, clock, settings.idle_w)

    # --- serving

    def serving(self) -> OperatingPoint:
        current = self._serve.serving
        return current.point if current else OperatingPoint()

    def answer_shift(self, workload: Workload, limits: Limits) -> LadderStep | None:
        """Step to the rung for a workload; None when what serves is the best there is."""
        return self._residents.answer_shift(workload, limits)

    def resume(self, record: Record) -> None:
        """Serve what is known-good, or any proven rung when that cannot be opened."""
        if not self._residents.resume(record):
            self._tell(
                EventKind.DEPLOYMENT, Severity.ERROR, "no known-good model can be opened", {}
            )

    def swap(self, record: Record, _control: Control) -> Answer:
        desired = record.desired or Desired()
        try:
            candidate = self._pool.serving(desired.primary)
        except FAULTS as error:
            return Answer(event=failure(error))
        gap_ms = self._residents.begin_trial(candidate)
        return Answer(learned={"gap_ms": record.gap_ms + gap_ms})

    def roll_back(self, record: Record, _control: Control) -> Answer:
        return Answer(event=Done(), learned={"gap_ms": self._residents.fall_back(record)})

    def drop(self, record: Record) -> None:
        """Forget the candidate; the ladder that made room for it is open again.

        Its chunks stay: the next variant may share them.
        """
        self._residents.reopen(record)
        self._slots.keep(rung.point.manifest for rung in known_rungs(record))

    # --- fetching and verifying

    def fetch(self, record: Record, control: Control) -> Answer:
        account = Account(record.transfer, control.progress)
        event = self._obtain(record, account, control)
        return Answer(event=event, learned={"transfer": account.spent})

    def _obtain(self, record: Record, account: Account, control: Control) -> Done | Failed | None:
        """Fetch what the desired primary consists of; None when called off."""
        desired = record.desired or Desired()
        try:
            manifest = self._fetch_manifest(desired, account, control)
            refusal = self._unfit(manifest, desired)
            if refusal is None:
                self._fetch_chunks(manifest, record, account, control)
        except FetchError as error:
            return None if error.reason == ReasonCode.ABORTED else failure(error)
        except FAULTS as error:
            return failure(error)
        return refusal or Done()

    def verify(self, record: Record, _control: Control) -> Answer:
        desired = record.desired or Desired()
        sha = desired.primary.point.manifest
        try:
            manifest = self._slots.assemble(sha, self._store.read(sha), self._store.read)
        except FAULTS as error:
            return Answer(event=failure(error))
        return Answer(event=self._unfit(manifest, desired) or Done())

    def _fetch_manifest(self, desired: Desired, account: Account, control: Control) -> Manifest:
        sha = desired.primary.point.manifest
        if not self._store.has(sha):
            self._fetch_missing([sha], desired.revision, account, control)
        return self._open_manifest(self._store.read(sha))

    def _fetch_chunks(
        self, manifest: Manifest, record: Record, account: Account, control: Control
    ) -> None:
        desired = record.desired or Desired()
        shas = [desired.primary.point.manifest, *needed_chunks(manifest)]
        try:
            self._fetch_missing(shas, desired.revision, account, control)
        except DiskFullError:
            # Chunks of variants that nobody needs any more are room.
            self._collect_garbage(known_rungs(record), also=shas)
            self._fetch_missing(shas, desired.revision, account, control)

    def _fetch_missing(
        self, shas: Sequence[str], revision: int, account: Account, control: Control
    ) -> None:
        missing = self._store.missing(shas)
        progress = account.begin(len(set(shas)), len(missing))
        timeout_s = self._settings.fetch_timeout_s
        self._delivery.fetch(shas, revision, progress, control.abort, timeout_s)

    def _unfit(self, manifest: Manifest, desired: Desired) -> Failed | None:
        """Why this device must not take the variant, before anything is loaded."""
        missing = self._missing_needs(manifest, desired.primary.point)
        if missing:
            return Failed(ReasonCode.INCOMPATIBLE, f"{manifest.id} needs {missing}")
        limit = desired.limits.memory_bytes
        if limit and manifest.memory_bytes > limit:
            text = f"{manifest.memory_bytes} bytes of memory, limit {limit}"
            return Failed(ReasonCode.OVER_BUDGET, text)
        usable = usable_memory_bytes(self._settings.memory_limit_bytes)
        if manifest.memory_bytes > usable:
            text = f"needs {manifest.memory_bytes} bytes of memory, the device has {usable}"
            return Failed(ReasonCode.OOM, text)
        return None

    def _missing_needs(self, manifest: Manifest, point: OperatingPoint) -> str:
        missing = unmet_needs(manifest.needs, manifest.runtime, self._capabilities)
        if manifest.id != point.variant:
            missing.append(f"variant {point.variant}")
        if point.width % STRIDE or point.height % STRIDE or min(point.width, point.height) <= 0:
            missing.append(f"sizes in steps of {STRIDE}, not {point.width}x{point.height}")
        if manifest.task != "traffic":
            missing.append(f"task {manifest.task}")
        return ", ".join(missing)

    # --- proving

    def prove(self, record: Record, control: Control) -> Answer:
        desired = record.desired or Desired()
        incumbent = self._serve.serving
        started = self._clock.monotonic()
        try:
            cold = self._make_room(desired.primary, incumbent)
            if self._is_proven(desired.primary, record):
                answer = Answer(event=Done())  # the device itself steps to it without a trial
            else:
                answer = self._prover.prove(desired, None if cold else incumbent, control)
        except CalledOffError:
            answer = Answer()
        except FAULTS as error:
            answer = Answer(event=failure(error))
        if incumbent is None or self._serve.serving is not None:
            return answer
        if not isinstance(answer.event, Done):
            self._residents.clear()  # the candidate first: there is room for one of them only
            self._residents.fall_back(record)
        gap_ms = (self._clock.monotonic() - started) * 1e3
        return msgspec.structs.replace(answer, learned={**answer.learned, "gap_ms": gap_ms})

    def _make_room(self, rung: Rung, incumbent: Serving | None) -> bool:
        """Whether the incumbent had to leave so that the candidate fits in memory.

        Raises:
            MemoryError: it does not fit even alone.
        """
        if self._pool.holds(rung.point):
            return False
        needed = _bytes(self._slots.manifest(rung.point.manifest), rung.point)
        if needed > self._prover.free_bytes():
            self._residents.keep_only(incumbent)
        free = self._prover.free_bytes()
        if needed <= free:
            return False
        room = free + (_bytes(incumbent.manifest, incumbent.point) if incumbent else 0)
        if needed > room:
            raise MemoryError(f"the model needs {needed} bytes, {room} are free on this device")
        self._residents.clear()
        return True

    # --- probation

    def watch(self, record: Record, control: Control) -> Answer:
        desired = record.desired or Desired()
        patience_s = max(WATCH_PATIENCE * desired.probation_s, LEAST_WATCH_S)
        while not control.abort():
            served = self._serve.served()
            limit = latency_limit_ms(desired.limits, self._serve.fps_accepted)
            breach = breach_in_service(served.latencies_ms, limit, desired.probation_frames)
            if served.errors >= WATCH_ERRORS:
                return Answer(event=Failed(ReasonCode.INCOMPATIBLE, "the engine fails in service"))
            if breach:
                return Answer(event=Failed(ReasonCode.OVER_BUDGET, breach))
            if served.frames >= desired.probation_frames and served.seconds >= desired.probation_s:
                return Answer(event=Done())
            if served.seconds > patience_s:
                text = f"only {served.frames} frames in {served.seconds:.0f} s"
                return Answer(event=Failed(ReasonCode.TIMEOUT, text))
            self._clock.sleep(WATCH_TICK_S)
        return Answer()

    # --- ladder

    def ladder(self, record: Record, control: Control) -> Answer:
        """Make the desired rungs resident and proven; those that fail are left out and named."""
        desired = record.desired or Desired()
        proven: list[Rung] = []
        account = Account(record.transfer, control.progress, aside=True)
        self._residents.settle(record)
        try:
            for rung in desired.ladder:
                if self._may_stay(rung, record) or self._ready(rung, record, account, control):
                    proven += [rung]
        except CalledOffError:
            ladder = merged(proven, record.ladder)
            self._residents.settle(msgspec.structs.replace(record, ladder=ladder))
            return Answer(learned={"ladder": ladder})
        record = msgspec.structs.replace(record, ladder=proven)
        self._residents.settle(record)
        self._collect_garbage(known_rungs(record))
        return Answer(learned={"ladder": proven})

    def _may_stay(self, rung: Rung, record: Record) -> bool:
        """Whether a rung needs no proof, and is open: there is room for it beside the others."""
        try:
            if not self._is_proven(rung, record) or self._lacking_bytes(rung):
                return False
            return self._residents.try_open(rung) is not None
        except FAULTS as error:
            log.warning("variant %s cannot be read: %s", rung.point.variant, error)
            return False

    def _lacking_bytes(self, rung: Rung) -> int:
        """What a rung needs when that is more than is free; 0 when there is room, or it is open."""
        if self._pool.holds(rung.point):
            return 0
        needed = _bytes(self._slots.manifest(rung.point.manifest), rung.point)
        return needed if needed > self._prover.free_bytes() else 0

    def _is_proven(self, rung: Rung, record: Record) -> bool:
        """Whether the same work on the same variant has been proven here."""
        proven = any(same_work(rung.point, known.point) for known in known_rungs(record))
        return proven and self._slots.has(rung.point.manifest)

    def _ready(self, rung: Rung, record: Record, account: Account, control: Control) -> bool:
        """Fetch, verify and prove one rung. Raises CalledOffError."""
        desired = msgspec.structs.replace(record.desired or Desired(), primary=rung)
        record = msgspec.structs.replace(record, desired=desired)
        steps: tuple[Callable[[], Event | None], ...] = (
            lambda: self._obtain(record, account, control),
            lambda: self.verify(record, control).event,
            lambda: self._prove_rung(record, control).event,
        )
        for effect in steps:
            event = effect()
            if event is None:
                raise CalledOffError("called off")
            if isinstance(event, Failed):
                data = {"reason": event.reason, "variant": rung.point.variant}
                self._tell(
                    EventKind.DEPLOYMENT, Severity.WARNING, f"rung left out: {event.detail}", data
                )
                return False
        return True

    def _prove_rung(self, record: Record, control: Control) -> Answer:
        desired = record.desired or Desired()
        try:
            needed = self._lacking_bytes(desired.primary)
            if needed:
                return Answer(event=Failed(ReasonCode.OOM, f"needs {needed} bytes"))
            return self._prover.prove_rung(desired, control)
        except CalledOffError:
            return Answer()
        except FAULTS as error:
            return Answer(event=failure(error))

    def _collect_garbage(self, rungs: Iterable[Rung], also: Sequence[str] = ()) -> None:
        """Drop engines, slots and chunks that no rung needs."""
        points = [rung.point for rung in rungs]
        shas = {point.manifest for point in points}
        chunks = {*shas, *also}
        for sha in shas:
            try:
                chunks.update(needed_chunks(self._slots.manifest(sha)))
            except FAULTS as error:
                log.warning("variant %s cannot be read: %s", sha[:12], error)
        self._store.collect_garbage(chunks)
        if not also:
            self._pool.keep(points)
            self._slots.keep(shas)


def _bytes(manifest: Manifest, point: OperatingPoint) -> int:
    """What a variant takes of the memory of a process that has none of it, at a point."""
    return variant_bytes(manifest, point.width, point.height)


def merged(proven: list[Rung], before: list[Rung]) -> list[Rung]:
    """Rungs proven so far, and those from before."""
    return proven + [rung for rung in before if rung not in proven]
