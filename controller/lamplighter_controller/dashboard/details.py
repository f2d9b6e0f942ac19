"""Texts of the device page. Pure."""

import time
from typing import Any

from lamplighter_controller.dashboard.view import NOTHING, OUTCOME_STYLE, number

Json = dict[str, Any]
MIB = 2**20


def capabilities_text(device: Json) -> str:
    """What the device says it is, and what the probe measured."""
    facts = device.get("capabilities") or {}
    if not facts:
        return "[dim]It has not said yet what it is.[/]"
    quota = facts.get("cpu_quota_cores") or 0
    budget = facts.get("power_budget_w") or 0
    lines = [
        f"[b]{facts.get('cpu_model') or facts.get('machine')}[/]",
        f"{facts.get('cores')} cores" + (f", quota {quota:g}" if quota else ""),
        f"{(facts.get('memory_bytes') or 0) / MIB:.0f} MiB memory",
        f"power budget {budget:g} W" if budget else "mains power",
        f"instructions: {', '.join(facts.get('isa') or []) or NOTHING}",
    ]
    if facts.get("realised_by"):
        lines.append(f"[dim]emulated: {facts['realised_by']}[/]")
    return "\n".join([*lines, *_probe_lines(device.get("probe") or {})])


def _probe_lines(probe: Json) -> list[str]:
    return [
        f"  probe {entry.get('name')}: {entry.get('latency_p50_ms', 0):.2f} ms"
        for entry in probe.get("entries") or []
    ]


def plan_text(plans: list[Json]) -> str:
    """The newest plan with its reasons."""
    if not plans:
        return "\n[dim]No plan yet.[/]"
    plan = plans[0]
    body = plan.get("document") or plan
    reasons = body.get("reasons") or []
    head = f"\n[b]Plan[/] for {plan.get('regime')}: [b]{plan.get('variant')}[/]"
    return "\n".join([head, *(f"· {_plain(reason)}" for reason in reasons)])


def deployments_text(deployments: list[Json]) -> str:
    """One line per revision."""
    return "\n".join(_deployment_line(entry) for entry in deployments) or "[dim]None yet.[/]"


def _deployment_line(entry: Json) -> str:
    reported = entry.get("reported") or {}
    outcome = str(entry.get("outcome") or reported.get("phase") or "sent")
    style = OUTCOME_STYLE.get(outcome, "cyan")
    at = time.strftime("%H:%M:%S", time.localtime(float(entry.get("at") or 0)))
    trial = reported.get("trial") or {}
    parts = [
        f"[dim]{at}[/] rev {entry.get('revision')}",
        str(entry.get("variant")),
        f"[{style}]{outcome} {entry.get('reason') or ''}[/]",
        _plain(str(reported.get("detail") or "")),
    ]
    if trial.get("pairs"):
        parts.append(
            f"trial of {trial['pairs']} pairs: {number(trial.get('candidate_p50_ms'))} ms"
            f" against {number(trial.get('incumbent_p50_ms'))} ms"
        )
    received = (reported.get("transfer") or {}).get("bytes_received")
    if received:
        parts.append(f"{received / 1024:.0f} KiB received")
    return "  ".join(part for part in parts if part)


def _plain(text: str) -> str:
    return str(text).replace("[", "\\[")
