"""The controller itself: what it builds, what it decides, whether it keeps up."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Health, Job, Rollup
from lamplighter_client.endpoints import ApiRequest
from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import when

JOBS = 100
TONES = {"running": "busy", "done": "well", "failed": "error"}


@dataclass(frozen=True)
class Standing:
    """What it says of itself. `answer_ms`: how long it took to say so."""

    health: Health
    rollup: Rollup
    jobs: list[Job]
    answer_ms: float


class ControllerScreen(PolledScreen[Standing]):
    """Figures above, the work of the workshop below."""

    name_shown = "Controller"
    about = (
        "The controller and its workshop: what is being built, and what failed, with the reason."
        " For its broker, store and disk ask on its machine: lamplighter doctor."
    )

    def body(self) -> Sequence[Widget]:
        titles = ("when", "what", "of", "state", "progress", "stage or reason")
        jobs = ListTable(titles, id="jobs", classes="panel")
        jobs.border_title = "Work of the workshop, newest first"
        return (Static("Reading …", id="line", classes="line"), jobs)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> Standing:
        began = time.monotonic()
        health = await client.send(ApiRequest("/health", Health))
        answer_ms = 1e3 * (time.monotonic() - began)
        return Standing(
            health,
            await client.send(endpoints.rollup()),
            await client.send(endpoints.jobs(JOBS)),
            answer_ms,
        )

    def show(self, read: Standing) -> None:
        tone, rollup = self.dashboard.tone, read.rollup
        text = Text(f"● answers in {read.answer_ms:.0f} ms", tone("well"))
        text.append(f"   version {read.health.version}")
        text.append(f"   {rollup.online}/{rollup.devices} devices online")
        text.append(f"   {rollup.fps_served:.0f}/{rollup.fps_demand:.0f} fps")
        text.append(f"   {rollup.power_w:.0f} W\n")
        answers = ", ".join(f"{n} {kind}" for kind, n in sorted(rollup.recompressions.items()))
        text.append(f"answers to shifts and breaches: {answers or 'none yet'}\n", tone("dim"))
        most = sorted(rollup.variants.items(), key=lambda item: -item[1])[:8]
        serving = ", ".join(f"{name or 'nothing'} {n}" for name, n in most)
        text.append(f"serving: {serving or figures.NOTHING}", tone("dim"))
        self.query_one("#line", Static).update(text)
        self._show_jobs(read.jobs)

    def _show_jobs(self, jobs: list[Job]) -> None:
        table, now = self.query_one(ListTable), time.time()
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
