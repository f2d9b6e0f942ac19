"""Gathers what is known of how a device came to serve what it serves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import JobKind, JobState
from lamplighter_wire.errors import CodecError, SignatureError
from lamplighter_wire.messages import Capabilities, Envelope, Telemetry
from lamplighter_wire.rules.breach import fps_asked
from lamplighter_wire.signing import KeySet, verify

from lamplighter_controller.domain.explaining.evidence import (
    Answered,
    Built,
    Decided,
    Evidence,
    Made,
    Ordered,
    Signed,
    Standing,
)
from lamplighter_controller.domain.explaining.limits import Limit, limits_of
from lamplighter_controller.domain.explaining.links import Link, chain, is_taken
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.overrides.overrides import DEVICE
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deployments.manifest_patches import Blobs
from lamplighter_controller.services.overrides.overrides import as_override
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.telemetry_history import TelemetryHistory
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord, PlanRecord

# Of a device so many orders are looked through, and of the workshop so many jobs.
MOST_ORDERS, MOST_JOBS, PAGE = 2000, 500, 100
# Windows up to so long before a moment tell of it; of long ago there are means of an hour only.
NEAR_S, MOST_WINDOWS = 7200.0, 5000


@dataclass(frozen=True)
class Explained:
    """A device at a time, and the chain that led there."""

    device: str
    at: float
    variant: str
    links: list[Link]


class Explanations:
    """Reads only.

    Args:
        keys: what manifests are signed with.
        history_days: for how long history is kept.
        default: what devices are asked for where nobody has said more.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        blobs: Blobs,
        telemetry: TelemetryHistory,
        keys: Callable[[], KeySet],
        history_days: float,
        policies: Policies,
        default: Objective,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._blobs = blobs
        self._telemetry = telemetry
        self._keys = keys
        self._history_days = history_days
        self._policies, self._default = policies, default

    def explain(self, device: str, at: float = 0.0) -> Explained:
        """Why a device serves what it serves, at a wall time; 0: now.

        Raises:
            NotFoundError: there is no such device.
        """
        record = self._store.device(device)
        moment = at or self._clock.time()
        evidence = self._evidence(record, moment)
        variant = evidence.ordered.variant if evidence.ordered else ""
        return Explained(device, moment, variant, chain(evidence))

    def _evidence(self, record: DeviceRecord, at: float) -> Evidence:
        kept, later = self._orders(record.id, at)
        if kept is None:
            limits = tuple(self._limits(record))
            return Evidence(
                record.id, at, later=later, history_days=self._history_days, limits=limits
            )
        plan = self._plan(record.id, kept.plan)
        return Evidence(
            device=record.id,
            at=at,
            ordered=_ordered(kept),
            later=later,
            decided=_decided(plan) if plan else None,
            answered=self._answered(record.id, kept.revision),
            before=self._window(record, plan.at) if plan else None,
            served=self._window(record, at),
            standing=tuple(self._standing(record, plan)) if plan else (),
            made=self._made(kept, plan),
            built=self._built(kept),
            signed=self._signed(kept, plan),
            history_days=self._history_days,
            limits=tuple(self._limits(record)),
        )

    def _limits(self, record: DeviceRecord) -> list[Limit]:
        policies = self._policies
        return limits_of(
            record.objective,
            policies.of(record),
            policies.sources(policies.scopes_of(record)),
            self._default,
            record.capabilities or Capabilities(),
            _fps_asked(record),
        )

    def _orders(
        self, device: str, at: float
    ) -> tuple[DeploymentRecord | None, tuple[Ordered, ...]]:
        """The newest up to a time that was taken, and those behind it, newest first."""
        later: list[Ordered] = []
        for record in self._deployments(device):
            if record.at <= at:
                if is_taken(_ordered(record)):
                    return record, tuple(later)
                later.append(_ordered(record))
        return None, tuple(later)

    def _deployments(self, device: str) -> Iterator[DeploymentRecord]:
        before: int | None = None
        for _ in range(MOST_ORDERS // PAGE):
            page = self._store.deployments(device, PAGE, before)
            yield from page
            if len(page) < PAGE:
                return
            before = page[-1].revision

    def _plan(self, device: str, number: int) -> PlanRecord | None:
        found = self._store.plans(device, 1, number + 1) if number else []
        return found[0] if found and found[0].id == number else None

    def _answered(self, device: str, revision: int) -> Answered | None:
        record = self._store.recompression_of(device, revision)
        if record is None:
            return None
        return Answered(
            record.trigger, record.began_at, record.kind, tuple(record.reasons), record.seconds
        )

    def _window(self, record: DeviceRecord, at: float) -> Telemetry | None:
        """The newest that ended up to a time, by the device's clock."""
        near = self._telemetry.entries(record.id, at - NEAR_S, MOST_WINDOWS)
        told = [window for window in near if window.start + window.seconds <= at]
        return told[-1] if told else None

    def _standing(self, record: DeviceRecord, plan: PlanRecord) -> Iterator[Standing]:
        """Overrides and rollouts that counted for the device when it was decided."""
        for one in self._store.overrides(ended=True):
            is_over = one.ended_at is not None and one.ended_at <= plan.at
            is_own = one.scope == DEVICE + record.id or plan.cause == f"override {one.id}"
            is_own = is_own or as_override(one).text in _reasons(plan)  # of a group
            if is_own and one.at <= plan.at and not is_over:
                what = f"override {one.id}: {one.kind} {one.target}".rstrip() + ","
                yield Standing(what, one.reason, one.by)
        for rollout in self._store.rollouts():
            if plan.cause.endswith(f"rollout {rollout.name}") or _names(plan, rollout.name):
                what = f"rollout {rollout.name} of {rollout.rollout.plan.what.text},"
                yield Standing(what, "", rollout.by, rollout.rollout.approved_by)

    def _made(self, kept: DeploymentRecord, plan: PlanRecord | None) -> Made | None:
        spec, manifest = self._catalogue.find(kept.variant), self._manifest(kept, plan)
        source = manifest or spec
        if source is None:
            return None
        return Made(
            variant=kept.variant,
            recipe=source.recipe,
            model=source.model,
            model_version=source.model_version,
            precision=source.precision,
            measured_on=spec.measured_on if spec else "",
            provenance=manifest.provenance if manifest else {},
        )

    def _built(self, kept: DeploymentRecord) -> Built | None:
        jobs = [
            job
            for job in self._store.jobs(MOST_JOBS)
            if job.kind is JobKind.BUILD
            and job.subject == kept.variant
            and job.state is JobState.DONE
            and job.finished_at is not None
            and job.finished_at <= kept.at
        ]
        if jobs and jobs[0].finished_at is not None:
            seconds = jobs[0].finished_at - jobs[0].created_at
            return Built(jobs[0].finished_at, seconds, jobs[0].id)
        records = [one for one in self._store.variants() if one.id == kept.variant]
        return Built(records[0].built_at) if records and records[0].built_at <= kept.at else None

    def _signed(self, kept: DeploymentRecord, plan: PlanRecord | None) -> Signed | None:
        envelope, manifest = self._envelope(kept, plan), self._manifest(kept, plan)
        if envelope is None or manifest is None:
            return None
        return Signed(
            manifest=_manifest_of(kept, plan),
            key_id=envelope.key_id,
            is_valid=self._is_valid(envelope),
            chunks=len(manifest.chunks),
            size_bytes=manifest.size_bytes,
        )

    def _is_valid(self, envelope: Envelope) -> bool:
        try:
            verify(envelope, self._keys().with_former)
        except SignatureError:
            return False
        return True

    def _envelope(self, kept: DeploymentRecord, plan: PlanRecord | None) -> Envelope | None:
        sha = _manifest_of(kept, plan)
        raw = self._blobs.read_chunk(sha) if sha else None
        try:
            return decode(raw, Envelope) if raw is not None else None
        except CodecError:
            return None

    def _manifest(self, kept: DeploymentRecord, plan: PlanRecord | None) -> Manifest | None:
        envelope = self._envelope(kept, plan)
        try:
            return decode(envelope.payload, Manifest) if envelope is not None else None
        except CodecError:
            return None


def _fps_asked(record: DeviceRecord) -> float:
    """In its newest window; 0 of several cameras, each of which has a rate of its own."""
    window, streams = record.newest_window, stream_ids(record.capabilities)
    return fps_asked(window) if window is not None and len(streams) == 1 else 0.0


def _ordered(record: DeploymentRecord) -> Ordered:
    return Ordered(
        record.revision, record.at, record.variant, record.outcome, record.reason, record.reported
    )


def _decided(plan: PlanRecord) -> Decided:
    return Decided(plan.id, plan.at, plan.cause, plan.variant, plan.document)


def _manifest_of(kept: DeploymentRecord, plan: PlanRecord | None) -> str:
    """By its own report, else as it was planned."""
    if kept.reported is not None and kept.reported.serving.variant == kept.variant:
        return kept.reported.serving.manifest
    point = ((plan.document.get("primary") or {}) if plan else {}).get("point") or {}
    return str(point.get("manifest", ""))


def _names(plan: PlanRecord, rollout: str) -> bool:
    """Whether the reasons of a plan name a rollout: they begin with what the device may serve."""
    return any(f" by rollout {rollout}: " in reason for reason in _reasons(plan))


def _reasons(plan: PlanRecord) -> list[str]:
    return [str(reason) for reason in plan.document.get("reasons") or []]
