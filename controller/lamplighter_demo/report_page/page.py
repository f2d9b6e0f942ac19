"""The whole page. Pure."""

from collections.abc import Sequence
from html import escape

from lamplighter_client.pages.document import html_page, keys, paragraphs
from lamplighter_client.pages.drawing import table
from lamplighter_wire.words.outcomes import outcome_word

from lamplighter_demo.report.checks import summary
from lamplighter_demo.report.schema import DeviceReport, PlanEntry, Recompression, Report
from lamplighter_demo.report_page.comparison import comparison_table, energy_bars, policies_of
from lamplighter_demo.report_page.fronts import fronts
from lamplighter_demo.report_page.timelines import legend, timeline


def page(report: Report, title: str = "Lamplighter: a city's day") -> str:
    """HTML that needs nothing else: style and pictures are in it, and nothing runs."""
    end = max([report.seconds, *(shift.at for device in report.devices for shift in device.shifts)])
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="dim">{escape(_machine(report))}</p>',
        paragraphs(report.notes),
        "<h2>What it had to show</h2>",
        _checks(report),
        *_comparison(report),
        *(_device(device, end) for device in report.devices),
        "<h2>Answers to shifts and broken limits</h2>",
        f'<div class="scroll">{_answers(report.recompressions)}</div>',
        f"<details><summary>All of it in words</summary>{paragraphs(summary(report))}</details>",
    ]
    return html_page(title, body)


def device_page(report: Report, device: DeviceReport) -> str:
    """One device's day: its timeline, each plan with why, promise and outcome, and its answers."""
    end = max([report.seconds, *(shift.at for shift in device.shifts)])
    answers = [one for one in report.recompressions if one.device == device.id]
    body = [
        f'<p class="dim">{escape(_machine(report))}</p>',
        _device(device, end),
        "<h2>What was planned, and what was observed</h2>",
        f'<div class="scroll">{_plans(device.plans)}</div>',
        *(_why(plan) for plan in device.plans),
        "<h2>Answers to shifts and broken limits</h2>",
        f'<div class="scroll">{_answers(answers)}</div>',
    ]
    return html_page(f"{device.id}: its day", body)


def _machine(report: Report) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    return f"{report.seconds:.0f} s on {machine}" if machine else f"{report.seconds:.0f} s"


def _checks(report: Report) -> str:
    items = "".join(
        f'<li class="{"kept" if held else "missed"}">{escape(name.replace("_", " "))}</li>'
        for name, held in report.checks.items()
    )
    return f"<ul>{items}</ul>"


def _comparison(report: Report) -> list[str]:
    if not policies_of(report.comparison):
        return []
    method = str(report.comparison.get("method", ""))
    return [
        "<h2>What adapting was worth</h2>",
        f'<p class="dim">{escape(method)}</p>',
        energy_bars(report.comparison),
        f'<div class="scroll">{comparison_table(report.comparison)}</div>',
    ]


def _device(device: DeviceReport, end: float) -> str:
    truth = f", AP50 against the truth {device.truth_ap50:.2f}" if device.truth_ap50 else ""
    told = (
        f"{device.frames.served} frames served, {device.frames.dropped} dropped; counted"
        f" {device.counts.reported} of {device.counts.truth} crossings{truth}"
    )
    return (
        f"<h2>{escape(device.id)}</h2>"
        f'<p class="dim">{escape(device.hardware)}; {escape(device.realised_by)}</p>'
        f"{timeline(device, end)}{keys(legend(device, end))}<p>{escape(told)}</p>{fronts(device)}"
    )


def _plans(plans: Sequence[PlanEntry]) -> str:
    titles = ("at", "served", "regime", "p95 ms", "observed", "mJ", "observed", "AP50")
    return table(
        titles,
        (
            (
                f"{one.at:.0f} s",
                f"{one.recipe or one.variant} {one.size}",
                one.regime,
                _figure(one.predicted.latency_p95_ms),
                _figure(one.observed.latency_p95_ms),
                _figure(one.predicted.energy_mj_per_frame),
                _figure(one.observed.energy_mj_per_frame),
                f"{one.predicted.expected_ap50:.2f}" if one.predicted.expected_ap50 else "–",
            )
            for one in plans
        ),
    )


def _figure(value: float | None) -> str:
    return f"{value:.1f}" if value else "–"


def _why(plan: PlanEntry) -> str:
    if not plan.reasons:
        return ""
    told = f"{plan.at:.0f} s: {plan.recipe or plan.variant} {plan.size}"
    return f"<details><summary>{escape(told)}</summary>{paragraphs(plan.reasons)}</details>"


def _answers(answers: Sequence[Recompression]) -> str:
    titles = ("device", "because of", "from", "to", "how", "bytes", "worth it", "became")
    words = {True: "yes", False: "no", None: "not known"}
    return table(
        titles,
        (
            (
                one.device,
                one.trigger,
                f"{one.from_variant} {one.from_size}",
                f"{one.to_variant} {one.to_size}",
                one.kind,
                f"{one.bytes_sent:,}".replace(",", " "),
                words[one.justified],
                outcome_word(one.outcome),
            )
            for one in answers
        ),
    )
