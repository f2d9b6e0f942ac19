"""One device's part of the report. Times become seconds since the start."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

import msgspec
from lamplighter_client.documents import Choice, Deployment, Event, PlanEntry
from lamplighter_client.wording import size_text
from lamplighter_wire.enums import EventKind
from lamplighter_wire.messages import OperatingPoint, Reported, Shift, Telemetry, Workload
from lamplighter_wire.street.turns import is_turn

from lamplighter_demo.city.devices import DemoDevice
from lamplighter_demo.city.footage import true_crossings
from lamplighter_demo.city.running import City
from lamplighter_demo.report import schema as report
from lamplighter_demo.report.collecting import DeviceHistory
from lamplighter_demo.report.day_parts import day_parts
from lamplighter_demo.report.points import points_of

# A device's first words reach the controller before the day's first frame.
DAY_TOLERANCE_S = 1.0
# A deployment that reports no phase may have been disturbed for so long.
UNKNOWN_END_S = 60.0
VERIFIED_PHASE = "STAGED"
SERVING_PHASE = "PROBATION"


def device_report(
    city: City, device: DemoDevice, history: DeviceHistory, truth_ap50: float | None
) -> report.DeviceReport:
    """Plans, deployments, shifts, frames and counts of one device."""
    day = city.line.day_begins - DAY_TOLERANCE_S
    return report.DeviceReport(
        id=device.id,
        hardware=device.hardware,
        envelope={k: v for k, v in asdict(device.envelope).items() if v},
        realised_by=city.agents[device.id].realised.realised_by,
        plans=_plans(city, history),
        deployments=[_deployment(city, entry) for entry in history.deployments],
        shifts=[_shift(city, e) for e in history.events if e.kind == EventKind.WORKLOAD_SHIFT],
        frames=report.Frames(
            served=sum(window.frames for window in history.telemetry),
            dropped=sum(window.dropped for window in history.telemetry),
            rested=sum(window.rested for window in history.telemetry),
        ),
        counts=counted(
            [window for window in history.telemetry if window.start >= day],
            true_crossings(city.clips, device.camera, city.line),
            promised_count_error(history),
        ),
        truth_ap50=truth_ap50,
        seconds_to_first_variant=_first_variant_s(history),
        switched_off=_switched_off(city, device.id, history.deployments),
        parts=day_parts(history.telemetry, city.started_at),
        points=points_of(history.front),
        points_regime=history.front.regime,
    )


def _plans(city: City, history: DeviceHistory) -> list[report.PlanEntry]:
    ends = [*(plan.at for plan in history.plans[1:]), float("inf")]
    return [
        _plan(city, plan, _served_under(plan, end, history.windows_with_frames))
        for plan, end in zip(history.plans, ends, strict=False)
    ]


def _plan(city: City, plan: PlanEntry, windows: Sequence[Telemetry]) -> report.PlanEntry:
    choice = plan.document.primary or Choice(point=OperatingPoint(width=0, height=0))
    return report.PlanEntry(
        at=round(plan.at - city.started_at, 3),
        recipe=choice.recipe,
        variant=plan.variant,
        size=size_text(choice.point),
        regime=plan.regime,
        reasons=plan.document.reasons,
        predicted=_predicted(choice),
        observed=_observed(windows),
    )


def _predicted(choice: Choice) -> report.Predicted:
    if choice.predicted is None:
        return report.Predicted()
    return msgspec.convert(choice.predicted, report.Predicted, from_attributes=True)


def _served_under(plan: PlanEntry, end: float, windows: Sequence[Telemetry]) -> list[Telemetry]:
    """Windows that lie within the plan's time and serve its point."""
    choice = plan.document.primary
    width = choice.point.width if choice else 0
    return [
        window
        for window in windows
        if plan.at <= window.start
        and window.start + window.seconds / 2 <= end
        and window.serving.variant == plan.variant
        and window.serving.width == width
    ]


def _observed(windows: Sequence[Telemetry]) -> report.Observed:
    if not windows:
        return report.Observed()
    measured = [
        window.reference_agreement_f1
        for window in windows
        if window.reference_agreement_f1 is not None and not window.reference_weaker
    ]
    # Energy of windows without a deployment's own work, where there are any.
    calm = [window for window in windows if not window.disturbed] or windows
    return report.Observed(
        latency_p95_ms=round(median(window.latency_p95_ms for window in windows), 3),
        energy_mj_per_frame=round(median(window.energy_mj_per_frame for window in calm), 3),
        energy_source=windows[-1].energy_source,
        reference_agreement_f1=round(median(measured), 3) if measured else None,
    )


def _deployment(city: City, deployment: Deployment) -> report.DeploymentEntry:
    reported = deployment.reported or Reported()
    return report.DeploymentEntry(
        rev=deployment.revision,
        variant=deployment.variant,
        outcome=deployment.outcome or "under way",
        reason=deployment.reason,
        injected=_injected(city, deployment, reported),
        phases=[
            report.PhaseEntry(phase=phase, at=round(at - city.started_at, 3))
            for phase, at in reported.phases
        ],
        bytes_received=reported.transfer.bytes_received,
        chunks_received=reported.transfer.chunks_received,
        duplicates=reported.transfer.duplicates,
    )


def _injected(city: City, deployment: Deployment, reported: Reported) -> str:
    """The fault that the demo provoked while this revision was tried."""
    begin, end = _tried(deployment, reported)
    notes = (
        cut.note
        for cut in city.cuts
        if cut.device == deployment.device
        and cut.happened
        and begin < cut.until_at
        and end > cut.from_at
    )
    return next(notes, "")


def _tried(deployment: Deployment, reported: Reported) -> tuple[float, float]:
    """From when to when a revision was tried: the phase after its files were proved; all its time
    where none is told."""
    times = [at for _, at in reported.phases]
    names = [name for name, _ in reported.phases]
    staged = names.index(VERIFIED_PHASE) if VERIFIED_PHASE in names else None
    begin = deployment.at if staged is None else times[staged]
    ends = times if staged is None else times[staged + 1 : staged + 2]
    return begin, ends[-1] if ends else begin + UNKNOWN_END_S


def _shift(city: City, event: Event) -> report.ShiftEntry:
    shift = msgspec.convert(event.data, Shift)
    return report.ShiftEntry(
        at=round(event.at - city.started_at, 3),
        from_=_workload(shift.before),
        to=_workload(shift.after),
        evidence=shift.evidence,
    )


def _workload(workload: Workload) -> str:
    return f"{workload.regime} at {workload.fps_demand:.1f} fps"


def counted(
    windows: Sequence[Telemetry], true: Counter[str], promised: float | None
) -> report.Counts:
    """What a device counted over its lines beside what is true, by movement."""
    seen: Counter[str] = Counter()
    for window in windows:
        for movement, by_class in window.counts.items():
            seen[movement] += 0 if is_turn(movement) else sum(by_class.values())
    off = sum(abs(seen[movement] - true[movement]) for movement in seen | true)
    return report.Counts(
        reported=seen.total(),
        truth=true.total(),
        count_error=round(off / true.total(), 3) if true else None,
        promised=promised,
    )


def promised_count_error(history: DeviceHistory) -> float | None:
    """The error of counts that the plans expected, by the frames that were served under each."""
    ends = [*(plan.at for plan in history.plans[1:]), float("inf")]
    total = frames = 0.0
    for plan, end in zip(history.plans, ends, strict=False):
        choice = plan.document.primary
        if choice and choice.predicted and choice.predicted.count_error_basis:
            served = _served_under(plan, end, history.windows_with_frames)
            share = sum(window.frames for window in served)
            total, frames = total + share * choice.predicted.count_error, frames + share
    return round(total / frames, 3) if frames else None


def _first_variant_s(history: DeviceHistory) -> float | None:
    """From the device's first words to its first variant in service."""
    births = [event.at for event in history.events if event.kind in ("birth", "online")]
    served = [
        at
        for deployment in history.deployments
        if deployment.reported
        for phase, at in deployment.reported.phases
        if phase == SERVING_PHASE
    ]
    return round(min(served) - min(births), 3) if births and served else None


def _switched_off(city: City, device: str, deployments: Sequence[Deployment]) -> report.SwitchedOff:
    """What the power cut cost: chunks held, and those sent again after it."""
    outage = next((o for o in city.outages if o.device == device and o.happened), None)
    if outage is None:
        return report.SwitchedOff()
    interrupted = _interrupted(deployments, outage.off_at)
    reported = interrupted.reported or Reported()
    transfer = reported.transfer
    received = transfer.chunks_received
    return report.SwitchedOff(
        off_at=round(outage.off_at - city.started_at, 3),
        on_at=round(outage.on_at - city.started_at, 3),
        chunks_held=outage.chunks_held,
        chunks_received=received,
        chunks_total=transfer.chunks_total,
        # Asked for and not received before the power went, so asked for again. What came once more
        # because another device had asked is in the deployment's duplicates.
        chunks_sent_again=transfer.chunks_requested - received if received else None,
        # The files were there and proved to be right, whatever the trial said of their speed.
        finished=any(phase == VERIFIED_PHASE for phase, _ in reported.phases),
    )


def _interrupted(deployments: Sequence[Deployment], off_at: float) -> Deployment:
    """The deployment that was under way when the power went; an empty one when there was none."""
    return next((d for d in reversed(deployments) if d.at <= off_at), Deployment())
