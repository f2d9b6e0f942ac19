"""Texts of the device page. Pure."""

from typing import Any

from rich.markup import escape

from lamplighter_controller.dashboard import view
from lamplighter_controller.dashboard.view import NOTHING, OUTCOME_STYLE, PHASES, clock

Json = dict[str, Any]
MIB = 2**20
MOST_ALTERNATIVES = 4


def plan_text(plans: list[Json]) -> str:
    """The newest plan: what was chosen, what it promises, why, and what came close."""
    if not plans:
        return "[dim]No plan yet: it must report its capabilities and a probe first.[/]"
    plan = plans[0]
    body = plan.get("document") or {}
    primary = body.get("primary") or {}
    point = primary.get("point") or {}
    size = f" at {point.get('width')}x{point.get('height')}" if point else ""
    lines = [
        f"[b]{escape(str(plan.get('variant') or 'nothing'))}[/]{size}",
        *_promise(primary.get("predicted") or {}),
        *(f"· {escape(str(reason))}" for reason in body.get("reasons") or []),
        *_alternatives(body.get("alternatives") or []),
    ]
    return "\n".join(lines)


def _promise(predicted: Json) -> list[str]:
    if not predicted:
        return []
    return [
        f"[dim]promised:[/] p95 {predicted.get('latency_p95_ms') or 0:.0f} ms,"
        f" {predicted.get('energy_mj_per_frame') or 0:.0f} mJ,"
        f" AP50 {predicted.get('expected_ap50') or 0:.2f}"
    ]


def _alternatives(alternatives: list[Json]) -> list[str]:
    return [
        f"[dim]not {escape(str(entry.get('variant')))} at {entry.get('size')}:"
        f" {escape(str(entry.get('rejected_because')))}[/]"
        for entry in alternatives[:MOST_ALTERNATIVES]
    ]


def capabilities_text(device: Json) -> str:
    """What the device says it is, and what the probe measured."""
    facts = device.get("capabilities") or {}
    if not facts:
        return "[dim]It has not said yet what it is.[/]"
    quota = facts.get("cpu_quota_cores") or 0
    budget = facts.get("power_budget_w") or 0
    lines = [
        f"[b]{escape(str(facts.get('cpu_model') or facts.get('machine')))}[/]",
        f"{facts.get('cores')} cores"
        + (f", quota {quota:g}" if quota else "")
        + f", {(facts.get('memory_bytes') or 0) / MIB:.0f} MiB"
        + (f", budget {budget:g} W" if budget else ", mains power"),
        f"instructions: {escape(', '.join(facts.get('isa') or [])) or NOTHING}",
    ]
    if facts.get("realised_by"):
        lines.append(f"[dim]emulated: {escape(str(facts['realised_by']))}[/]")
    return "\n".join([*lines, *_probe_lines(device.get("probe") or {})])


def _probe_lines(probe: Json) -> list[str]:
    timed = [
        f"{escape(str(entry.get('name')))} {entry.get('latency_p50_ms') or 0:.1f} ms"
        for entry in probe.get("entries") or []
    ]
    return [f"[dim]probe:[/] {', '.join(timed)}"] if timed else []


def deployments_text(deployments: list[Json]) -> str:
    """One line per revision, newest first."""
    return "\n".join(_deployment_line(entry) for entry in deployments) or "[dim]None yet.[/]"


def _deployment_line(entry: Json) -> str:
    reported = entry.get("reported") or {}
    parts = [
        f"[dim]{clock(entry.get('at'))}[/] rev {entry.get('revision')}",
        escape(str(entry.get("variant"))),
        _outcome(entry, str(reported.get("phase") or "")),
        escape(str(reported.get("detail") or "")),
        _trial(reported.get("trial") or {}),
        _received(reported.get("transfer") or {}),
    ]
    return "  ".join(part for part in parts if part)


def _outcome(entry: Json, phase: str) -> str:
    outcome = str(entry.get("outcome") or "")
    word = outcome.replace("_", " ") or PHASES.get(phase, phase.lower()) or "sent"
    text = f"{word} {entry.get('reason') or ''}".rstrip()
    return f"[{OUTCOME_STYLE.get(outcome, 'cyan')}]{escape(text)}[/]"


def _trial(trial: Json) -> str:
    if not trial.get("pairs"):
        return ""
    return (
        f"[dim]trial of {trial['pairs']} pairs: {trial.get('candidate_p50_ms') or 0:.1f} ms"
        f"{_against(trial)}[/]"
    )


def _received(transfer: Json) -> str:
    received = transfer.get("bytes_received") or 0
    return f"[dim]{received / 1024:.0f} KiB fetched[/]" if received else ""


def line(device: Json) -> str:
    """What it does now, in one line."""
    shown = (view.health, view.regime, view.serving, view.size, view.state)
    return "   ".join([*(cell(device) for cell in shown), *_rates(device)])


def _rates(device: Json) -> list[str]:
    if not device.get("online") or not device.get("telemetry"):
        return []
    return [f"{view.rate(device)} fps", f"{view.power(device)} W"]


def latency_limit_ms(device: Json) -> float:
    """The limit on p95 latency of the desired state; 0: none."""
    limits = (device.get("desired") or {}).get("limits") or {}
    return float(limits.get("latency_p95_ms") or 0)


def _against(trial: Json) -> str:
    """The incumbent's latency; a first variant has none beside it."""
    incumbent = trial.get("incumbent_p50_ms")
    return f" against {incumbent:.1f} ms" if incumbent else ""
