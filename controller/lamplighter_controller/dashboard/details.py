"""Texts of the device page. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import (
    Alternative,
    Choice,
    Deployment,
    Device,
    PlanEntry,
    Stream,
)
from lamplighter_client.wording import phase_words, size_text
from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Capabilities, Prediction, Probe, Transfer, Trial

from lamplighter_controller.dashboard import view
from lamplighter_controller.dashboard.markup import said
from lamplighter_controller.dashboard.view import NOTHING, OUTCOME_STYLE, UNDER_WAY_STYLE, clock

MIB = 2**20
MOST_ALTERNATIVES = 4


def plan_text(plans: Sequence[PlanEntry]) -> str:
    """The newest plan: what was chosen, what it promises, why, and what came close."""
    if not plans:
        return "[dim]No plan yet: it must report its capabilities and a probe first.[/]"
    plan = plans[0]
    lines = [
        _chosen(plan, plan.document.primary),
        *_promise(plan.document.primary.predicted if plan.document.primary else None),
        *(f"· {said(reason)}" for reason in plan.document.reasons),
        *map(_alternative, plan.document.alternatives[:MOST_ALTERNATIVES]),
    ]
    return "\n".join(lines)


def _chosen(plan: PlanEntry, choice: Choice | None) -> str:
    size = f" at {size_text(choice.point)}" if choice else ""
    return f"[b]{said(plan.variant or 'nothing')}[/]{size}"


def _promise(predicted: Prediction | None) -> list[str]:
    if predicted is None:
        return []
    by_class = f" ({predicted.class_map50:.2f} by class)" if predicted.class_map50 else ""
    on = f" on {said(predicted.measured_on)}" if predicted.measured_on else ""
    return [
        f"[dim]promised:[/] p95 {predicted.latency_p95_ms:.0f} ms,"
        f" {predicted.energy_mj_per_frame:.0f} mJ, AP50 {predicted.expected_ap50:.2f}{by_class}{on}"
    ]


def _alternative(alternative: Alternative) -> str:
    reason = said(alternative.rejected_because)
    return f"[dim]not {said(alternative.variant)} at {said(alternative.size)}: {reason}[/]"


def capabilities_text(device: Device) -> str:
    """What the device says it is, and what the probe measured."""
    facts = device.capabilities
    if facts is None:
        return "[dim]It has not said yet what it is.[/]"
    lines = [
        f"[b]{said(facts.cpu_model or facts.machine)}[/]",
        _room(facts),
        f"instructions: {said(', '.join(facts.isa)) or NOTHING}",
    ]
    if facts.realised_by:
        lines.append(f"[dim]emulated: {said(facts.realised_by)}[/]")
    return "\n".join([*lines, *_probe_lines(device.probe)])


def _room(facts: Capabilities) -> str:
    quota = f", quota {facts.cpu_quota_cores:g}" if facts.cpu_quota_cores else ""
    budget = f"budget {facts.power_budget_w:g} W" if facts.power_budget_w else "mains power"
    return f"{facts.cores} cores{quota}, {facts.memory_bytes / MIB:.0f} MiB, {budget}"


def _probe_lines(probe: Probe | None) -> list[str]:
    """A line for each runtime: each was measured by networks of its own."""
    times: dict[str, list[str]] = {}
    for entry in probe.entries if probe else []:
        text = f"{said(entry.name)} {entry.latency_p50_ms:.1f} ms"
        times.setdefault(entry.runtime, []).append(text)
    return [f"[dim]probe, {said(name)}:[/] {', '.join(each)}" for name, each in times.items()]


def deployments_text(deployments: Sequence[Deployment]) -> str:
    """One line per revision, newest first."""
    return "\n".join(map(_deployment_line, deployments)) or "[dim]None yet.[/]"


def _deployment_line(deployment: Deployment) -> str:
    parts = [
        f"[dim]{clock(deployment.at)}[/] rev {deployment.revision}",
        said(deployment.variant),
        _outcome(deployment),
    ]
    if deployment.reported is not None:
        reported = deployment.reported
        parts += [said(reported.detail), _trial(reported.trial), _received(reported.transfer)]
    return "  ".join(part for part in parts if part)


def _outcome(deployment: Deployment) -> str:
    phase = phase_words(deployment.reported) if deployment.reported else ""
    words = deployment.outcome.replace("_", " ") or phase or "sent"
    text = said(f"{words} {deployment.reason}".rstrip())
    return f"[{OUTCOME_STYLE.get(deployment.outcome, UNDER_WAY_STYLE)}]{text}[/]"


def _trial(trial: Trial | None) -> str:
    """A first variant has no incumbent beside it."""
    if trial is None or not trial.pairs:
        return ""
    incumbent_ms = trial.incumbent_p50_ms
    against = f" against {incumbent_ms:.1f} ms" if incumbent_ms else ""
    return f"[dim]trial of {trial.pairs} pairs: {trial.candidate_p50_ms:.1f} ms{against}[/]"


def _received(transfer: Transfer) -> str:
    received = transfer.bytes_received
    return f"[dim]{received / 1024:.0f} KiB fetched[/]" if received else ""


def device_line(device: Device) -> str:
    """What it does now, in one line."""
    cells = (view.health, view.regime, view.serving, view.size, view.state)
    line = "   ".join([*(cell(device) for cell in cells), *_rates(device)])
    return "\n".join([line, *map(_stream_line, device.streams)])


def _stream_line(stream: Stream) -> str:
    """What one camera of several shows."""
    window = stream.telemetry
    if window is None:
        return f"[b]{said(stream.stream)}[/]   [dim]nothing heard yet[/]"
    cells = (
        f"[b]{said(stream.stream)}[/]",
        said(str(window.regime)),
        f"{window.fps_served:.1f}/{window.fps_demand:.1f} fps",
        f"p95 {window.latency_p95_ms:.0f} ms",
        ""
        if window.source_state == SourceState.OK
        else f"[bold red]{said(window.source_state)}[/]",
    )
    return "   ".join(cell for cell in cells if cell)


def _rates(device: Device) -> list[str]:
    if view.current_window(device) is None:
        return []
    return [f"{view.rate(device)} fps", f"{view.power(device)} W"]


def latency_limit_ms(device: Device) -> float:
    """The limit on p95 latency of the desired state; 0: none."""
    return device.desired.limits.latency_p95_ms if device.desired else 0.0
