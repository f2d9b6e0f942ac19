"""The whole page. Pure."""

from collections.abc import Sequence
from html import escape

from lamplighter_demo.report.checks import summary
from lamplighter_demo.report.schema import DeviceReport, Recompression, Report
from lamplighter_demo.report_page.comparison import comparison_table, energy_bars, policies_of
from lamplighter_demo.report_page.drawing import table
from lamplighter_demo.report_page.timelines import legend, timeline

STYLE = """
:root { color-scheme: light dark;
  --ink: #1d2229; --ground: #fbfaf7; --dim: #5b6470; --rule: #d8d4c8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dde3ea; --ground: #14171c; --dim: #929dab; --rule: #343b46; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 68rem; margin: 0 auto; padding: 1rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); }
h2 { margin: 2.2rem 0 .4rem; border-bottom: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .6rem; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
th { color: var(--dim); font-weight: normal; }
.dim { color: var(--dim); } .scroll { overflow-x: auto; }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .9em; }
li.missed::marker { content: "✖ "; } li.kept::marker { content: "● "; }
"""


def page(report: Report, title: str = "Lamplighter: a city's day") -> str:
    """HTML that needs nothing else: style and pictures are in it, and nothing runs."""
    end = max([report.seconds, *(shift.at for device in report.devices for shift in device.shifts)])
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="dim">{escape(_machine(report))}</p>',
        _lines(report.notes),
        "<h2>What it had to show</h2>",
        _checks(report),
        *_comparison(report),
        *(_device(device, end) for device in report.devices),
        "<h2>Answers to shifts and broken limits</h2>",
        f'<div class="scroll">{_answers(report.recompressions)}</div>',
        f"<details><summary>All of it in words</summary>{_lines(summary(report))}</details>",
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}{view}</head><body>\n'
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )


def _machine(report: Report) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    return f"{report.seconds:.0f} s on {machine}" if machine else f"{report.seconds:.0f} s"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


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
    keys = "".join(
        f'<span class="key" style="background:{colour}"></span>{escape(name)}'
        for colour, name in legend(device, end)
    )
    truth = f", AP50 against the truth {device.truth_ap50:.2f}" if device.truth_ap50 else ""
    told = (
        f"{device.frames.served} frames served, {device.frames.dropped} dropped; counted"
        f" {device.counts.reported} of {device.counts.truth} crossings{truth}"
    )
    return (
        f"<h2>{escape(device.id)}</h2>"
        f'<p class="dim">{escape(device.hardware)}; {escape(device.realised_by)}</p>'
        f"{timeline(device, end)}<p>{keys}</p><p>{escape(told)}</p>"
    )


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
                one.outcome or "under way",
            )
            for one in answers
        ),
    )
