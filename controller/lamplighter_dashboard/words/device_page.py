"""Texts of a device's page. Pure; each is a list of (text, tone)."""

from collections.abc import Sequence

from lamplighter_client.documents import Deployment, Device, Explanation, FleetRow, PlanEntry
from lamplighter_client.wording import cameras_text, phase_words
from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import Capabilities, Probe, Rung
from lamplighter_wire.words.accuracy import predicted_accuracy
from lamplighter_wire.words.outcomes import because
from lamplighter_wire.words.printable import one_line

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.health import OUTCOMES, health, update
from lamplighter_dashboard.words.named_variants import in_brackets, served, served_accuracy
from lamplighter_dashboard.words.on_device.phases import phases_text

Words = list[tuple[str, str]]


def now_line(row: FleetRow) -> Words:
    """What it does now, in a line or two."""
    word = health(row)
    words: Words = [(f"{word.sign} {word.word}", word.tone)]
    if row.variant:
        words += [(f"  serves {served(row)}", "text")]
        words += [(f"  {served_accuracy(row) or 'AP50 not known'}", "dim")]
    if row.window_at:
        limit = figures.of_limit(row.latency_p95_ms, row.latency_limit_ms, "ms")
        words += [
            (f"  {row.regime}", "busy"),
            (f"  {figures.rate(row.fps_served, row.fps_demand)} fps", "text"),
            (f"  p95 {limit}", "text"),
            (f"  {_power(row)}", "text"),
        ]
        if row.temperature_c is not None:
            words.append((f"  {row.temperature_c:.0f} °C", "text"))
    told, tone = update(row)
    words.append((f"  update: {told}", tone))
    if row.by_hand:
        words.append((f"  by hand: {', '.join(row.by_hand)}", "accent"))
    return words


def streams(device: Device) -> Words:
    """What each of several cameras shows, a line each."""
    words: Words = []
    for stream in device.streams:
        window = stream.telemetry
        words.append((f"\n{stream.stream}", "accent"))
        if window is None:
            words.append(("  nothing heard yet", "dim"))
            continue
        rate = figures.rate(window.fps_served, window.fps_demand)
        words.append((f"  {window.regime}  {rate} fps  p95 {window.latency_p95_ms:.0f} ms", "text"))
        if window.source_state != SourceState.OK:
            words.append((f"  camera {window.source_state} {window.source_reason}", "error"))
    return words


def _power(row: FleetRow) -> str:
    if not row.power_limit_w:
        return f"{figures.watts(row.power_w)} W"
    return f"{figures.watts(row.power_w)} of {figures.watts(row.power_limit_w)} W"


def trouble(device: Device) -> Words:
    """Everything that is wrong, a line each."""
    lines: Words = []
    for notice in device.attention:
        tone = "error" if notice.severity == "error" else "warning"
        sign = "✖" if tone == "error" else "▲"
        if notice.marked:
            lines.append((f"{sign} {notice.text}, {notice.marked}\n", "dim"))
        else:
            lines.append((f"{sign} {notice.text}\n", tone))
    return lines


def why(explanation: Explanation | None, plans: Sequence[PlanEntry]) -> Words:
    """The chain from measurement to service, and what was turned down."""
    words: Words = []
    for link in explanation.links if explanation else ():
        words += [
            (f"{link.name}  ", "accent"),
            (f"{link.text}\n", "text" if link.is_known else "dim"),
        ]
    if not plans:
        return [*words, ("No plan yet: it must tell its capabilities and a probe first.\n", "dim")]
    plan = plans[0].document
    words.append(("\nThe last plan\n", "accent"))
    words += [(f"  because {reason}\n", "text") for reason in plan.reasons]
    words += [
        (
            f"  not {one.variant} at {one.size}{in_brackets(one.predicted)}:"
            f" {one.rejected_because}\n",
            "dim",
        )
        for one in plan.alternatives
    ]
    return words


def about(device: Device) -> Words:
    """What it is, what it measured, what it keeps, and what was set for it."""
    words: Words = [*_place(device), *_machine(device.capabilities), *_probe(device.probe)]
    if device.desired is not None:
        words.append(("\nLadder\n", "accent"))
        words += [_rung(rung) for rung in (device.desired.primary, *device.desired.ladder)]
    if device.overrides:
        words.append(("\nSet by hand\n", "accent"))
        words += [
            (f"  {o.kind} {o.target} for {o.scope}: {o.reason} ({o.by})\n", "text")
            for o in device.overrides
        ]
    return words


def _place(device: Device) -> Words:
    labels = ", ".join(f"{key}={one_line(value)}" for key, value in sorted(device.labels.items()))
    return [
        ("Place\n", "accent"),
        (f"  site {device.site or 'none'}; labels {labels or 'none'}\n", "text"),
        (f"  agent {device.agent_version or 'not known'}\n", "dim"),
    ]


def _machine(facts: Capabilities | None) -> Words:
    if facts is None:
        return [("\nIt has not said yet what it is.\n", "dim")]
    quota = f", of which it may use {facts.cpu_quota_cores:g}" if facts.cpu_quota_cores else ""
    budget = f"{facts.power_budget_w:g} W" if facts.power_budget_w else "mains"
    memory = figures.mebibytes(facts.memory_bytes)
    return [
        ("\nMachine\n", "accent"),
        (f"  {facts.cpu_model or facts.machine}, {facts.cores} cores{quota}\n", "text"),
        (
            f"  {memory} of memory; power {budget}; {', '.join(facts.isa) or 'no vector units'}\n",
            "text",
        ),
        (f"  cameras: {cameras_text(facts) or 'nothing known yet'}\n", "text"),
        (f"  runtimes: {', '.join(sorted(facts.runtimes)) or 'none'}\n", "dim"),
    ]


def _probe(probe: Probe | None) -> Words:
    if probe is None or not probe.entries:
        return []
    words: Words = [("\nProbe\n", "accent")]
    for entry in probe.entries:
        words.append((f"  {entry.runtime} {entry.name}: {entry.latency_p50_ms:.1f} ms\n", "text"))
    return words


def _rung(rung: Rung) -> tuple[str, str]:
    predicted = rung.predicted
    size = figures.size(rung.point.width, rung.point.height)
    regimes = ", ".join(filter(None, rung.regimes)) or "any regime"
    return (
        f"  {rung.point.variant} at {size}: p95 {predicted.latency_p95_ms:.0f} ms, "
        f"{predicted_accuracy(predicted) or 'AP50 not known'}, {regimes}\n",
        "text",
    )


def deployment_row(one: Deployment, now: float) -> tuple[str, str, str, str, str, str, str]:
    """When, revision, variant, what became of it, its tone, its phases, and the detail."""
    word, tone = OUTCOMES.get(one.outcome, ("", "busy"))
    reported = one.reported
    phase = phase_words(reported) if reported else "sent"
    became = f"{word or phase}{because(one.reason)}"
    detail = ""
    if reported is not None:
        trial = reported.trial
        if trial is not None and trial.pairs:
            against = f" against {trial.incumbent_p50_ms:.1f}" if trial.incumbent_p50_ms else ""
            detail = f"trial {trial.candidate_p50_ms:.1f}{against} ms; "
        received = reported.transfer.bytes_received
        detail += f"{received / 1024:.0f} KiB fetched; " if received else ""
        detail += reported.detail
    return (
        when(one.at, now),
        str(one.revision),
        one.variant,
        became,
        tone,
        phases_text(reported.phases) if reported else "",
        detail.removesuffix("; "),
    )
