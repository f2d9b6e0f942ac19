"""The controller itself: whether it is well and what to mend, what it builds, what it decides."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Health, Job, Rollup
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import RefusedError
from lamplighter_client.wording import error_text
from lamplighter_wire.machine.checkup import Finding
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import checkup, figures
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.named_variants import by_size

JOBS = 100
LEAST_SERVED, MOST_SERVED, TALL = 3, 8, 34
TONES = {"running": "busy", "done": "well", "failed": "error"}


@dataclass(frozen=True)
class Standing:
    """What it says of itself. `answer_ms`: how long that took; `untold`: why it says no more."""

    health: Health
    rollup: Rollup
    jobs: list[Job]
    findings: Sequence[Finding]
    answer_ms: float
    untold: str = ""


class ControllerScreen(PolledScreen[Standing]):
    """Figures, then what was looked at of it, then the work of the workshop."""

    name_shown = "Controller"
    about = (
        "The controller: its broker, store, disk, keys and queue, what is wrong first, each with"
        " its remedy; and its workshop: what is being built, and what failed, with the reason."
        " The same says lamplighter doctor, on its machine or with --url from elsewhere."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other", "Other table", id="controller-other"),
    ]

    def body(self) -> Sequence[Widget]:
        asked = ("", "what", "found", "mend")
        checks = ListTable(asked, id="checks", classes="panel", cut=("found", "mend"))
        titles = ("when", "what", "of", "state", "progress", "stage or reason")
        cut, dropped = ("of", "stage or reason"), ("what", "when")
        jobs = ListTable(titles, id="jobs", classes="panel", cut=cut, dropped=dropped)
        checks.border_title = "How it stands"
        jobs.border_title = "Work of the workshop, newest first"
        return (Static("Reading …", id="line", classes="line"), checks, jobs)

    def begin(self) -> None:
        self._findings: Sequence[Finding] = ()
        self._jobs: list[Job] = []
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one("#checks").focus()

    async def read(self, client: AsyncClient) -> Standing:
        await self.dashboard.catalogue.refresh(client)
        began = time.monotonic()
        health = await client.send(ApiRequest("/health", Health))
        answer_ms = 1e3 * (time.monotonic() - began)
        findings, untold = await _findings(client)
        return Standing(
            health,
            await client.send(endpoints.rollup()),
            await client.send(endpoints.jobs(JOBS)),
            findings,
            answer_ms,
            untold,
        )

    def show(self, read: Standing) -> None:
        tone, rollup = self.dashboard.tone, read.rollup
        text = Text(f"● answers in {read.answer_ms:.0f} ms", tone("well"))
        text.append(f"   version {read.health.version}")
        if read.findings:
            told, shade = checkup.standing(read.findings)
            text.append(f"   {told}", tone(shade))
        text.append(f"\n{rollup.online}/{rollup.devices} devices online")
        text.append(f"   {rollup.fps_served:.0f}/{rollup.fps_demand:.0f} fps")
        text.append(f"   {rollup.power_w:.0f} W\n")
        answers = ", ".join(f"{n} {kind}" for kind, n in sorted(rollup.recompressions.items()))
        text.append(f"answers to shifts and breaches: {answers or 'none yet'}\n", tone("dim"))
        text.append(self._serving(rollup), tone("dim"))
        self.query_one("#line", Static).update(text)
        self._show_checks(read)
        self._show_jobs(read.jobs)

    def _serving(self, rollup: Rollup) -> str:
        """The variants that most devices serve, a line each, with what they are worth."""
        most = sorted(rollup.variants.items(), key=lambda item: -item[1])
        shown = most[: MOST_SERVED if self.app.size.height >= TALL else LEAST_SERVED]
        known = self.dashboard.catalogue.variants
        lines = [
            ", ".join(filter(None, [f"{n} serve {name or 'nothing'}", by_size(known.get(name))]))
            for name, n in shown
        ]
        left = len(most) - len(shown)
        if not lines:
            return "no device serves yet"
        return "\n".join([*lines, *([f"and {left} more variants"] if left else [])])

    def _show_checks(self, read: Standing) -> None:
        self._findings = checkup.by_weight(read.findings)
        table = self.query_one("#checks", ListTable)
        rows = [(f"{n}", self._check_cells(one)) for n, one in enumerate(self._findings)]
        table.show(rows)
        table.border_subtitle = read.untold

    def _check_cells(self, one: Finding) -> list[Text]:
        tone = self.dashboard.tone
        sign, shade = checkup.RESULTS[one.result]
        at = f" ({one.looked_at})" if one.looked_at else ""
        return [
            Text(sign, tone(shade)),
            Text(one.check, "bold"),
            Text(f"{one.found}{at}", tone(shade if one.mend else "text")),
            Text(one.mend, tone("accent")),
        ]

    def _show_jobs(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        table, now = self.query_one("#jobs", ListTable), time.time()
        table.show([(job.id, self._cells(job, now)) for job in jobs])
        table.border_subtitle = "" if jobs else "nothing was built yet"

    def _cells(self, job: Job, now: float) -> list[Text]:
        shade = self.dashboard.tone(TONES.get(job.state, "text"))
        return [
            Text(when(job.created_at, now), self.dashboard.tone("dim")),
            Text(job.kind),
            Text(job.subject),
            Text(job.state, shade),
            Text(figures.share(job.progress)),
            Text(job.error or job.stage, shade),
        ]

    def action_other(self) -> None:
        """To the other table."""
        other = "#jobs" if self.query_one("#checks").has_focus else "#checks"
        self.query_one(other).focus()

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """The table that has the keys."""
        if self.query_one("#jobs").has_focus:
            return ["created_at", "kind", "subject", "state", "progress", "stage", "error"], [
                [j.created_at, j.kind, j.subject, j.state, j.progress, j.stage, j.error]
                for j in self._jobs
            ]
        return ["check", "result", "looked_at", "found", "mend"], [
            [one.check, str(one.result), one.looked_at, one.found, one.mend]
            for one in self._findings
        ]


async def _findings(client: AsyncClient) -> tuple[Sequence[Finding], str]:
    """What it found of itself; or nothing, and why it is not told."""
    try:
        return await client.send(endpoints.checkup()), ""
    except RefusedError as error:
        return (), error_text(error)
