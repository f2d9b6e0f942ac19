"""What each variant would be on a device: a picture of accuracy against its price, and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Job
from lamplighter_client.documents.making.fronts import Front, FrontPoint, RecipeFacts
from lamplighter_client.errors import RefusedError
from lamplighter_client.making.costs import UNITS, Cost, accuracy_of, cost_of, name_of
from lamplighter_client.making.endpoints import front, recipes
from lamplighter_client.making.recipe_words import recipe_words
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.making_actions import build
from lamplighter_dashboard.model.front_view import FrontView, classes, marked
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.one_device import OneDeviceScreen
from lamplighter_dashboard.widgets.front_plot import FrontPlot
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.making import points
from lamplighter_dashboard.words.named_variants import marked as marked_ap50

READ_EACH_S, FRONT_EVERY = 2.0, 8
JOBS = 20
NOW = "as it is now"


@dataclass(frozen=True)
class Variants:
    """A reading. `front` None: there is none, `why` says so; `now`: the regime of the street."""

    front: Front | None
    jobs: Sequence[Job]
    recipes: Sequence[RecipeFacts]
    now: str = ""
    why: str = ""


NOTHING = Variants(None, [], [])


class VariantsScreen(OneDeviceScreen[Variants]):
    """One device, one regime, one price."""

    name_shown = "Variants"
    about = (
        "What each variant would be on a device at each size, as the planner judges it. Letters are"
        " the points that no other beats, joined by steps; · are the others, ● serves, │ is the"
        " limit, and red breaks one. / takes the name of a device, y a class of hardware, which is"
        " shown by one of its devices. Space marks a point; two that are marked are compared."
    )
    every_s = READ_EACH_S
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Compare", id="variants-mark", tooltip="two that are marked"),
        Binding("r", "regime", "Regime", id="variants-regime", tooltip="another one"),
        Binding("c", "cost", "Price", id="variants-cost", tooltip="latency, energy, bytes, memory"),
        Binding(
            "y",
            "hardware",
            "Class",
            id="variants-class",
            show=False,
            tooltip="of hardware, shown by a device of it",
        ),
        Binding("b", "build", "Build", id="variants-build", tooltip="the variant under the cursor"),
    ]

    def __init__(self, device: str = "") -> None:
        super().__init__()
        self.device_id, self.regime = device, ""
        self.cost = Cost.LATENCY
        self.marks: list[str] = []
        self.seen = NOTHING
        self._reads = 0

    def body(self) -> Sequence[Widget]:
        titles = ("", "point", "AP50", "p95 ms", "mJ", "MiB", "fps", "standing")
        plot, words = FrontPlot(id="front", classes="panel"), Static(id="words")
        beside = VerticalScroll(words, id="words-panel", classes="panel")
        return (
            Static("Reading …", id="line", classes="line"),
            Static(id="building", classes="line"),
            Horizontal(plot, beside, id="picture"),
            Vertical(
                ListTable(titles, id="points", cut=("standing",), dropped=("fps", "MiB")),
                id="points-box",
            ),
        )

    def begin(self) -> None:
        self.query_one("#building").display = False
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    def copied(self) -> str:
        return self.query_one(ListTable).key

    @property
    def view(self) -> FrontView | None:
        """What is looked at; None: nothing was read yet."""
        return FrontView(self.seen.front, self.cost) if self.seen.front else None

    async def read(self, client: AsyncClient) -> Variants:
        """Points cost the controller as much as a plan: each eighth time, or when asked anew."""
        jobs = await client.send(endpoints.jobs(JOBS))
        has_ended = _running(self.seen.jobs) - _running(jobs)
        self._reads += 1
        is_due = self._reads % FRONT_EVERY == 1 or has_ended or not self._is_shown()
        if not is_due:
            return Variants(self.seen.front, jobs, self.seen.recipes, self.seen.now)
        name = self.chosen_device
        if not name:
            return Variants(None, jobs, [], why=self.none_text)
        known = list(self.seen.recipes) or await client.send(recipes())
        row = self.dashboard.mirror.rows.get(name)
        try:
            found = await client.send(front(name, self.regime))
        except RefusedError as error:
            return Variants(None, jobs, known, why=error_text(error))
        return Variants(found, jobs, known, row.regime if row else "")

    def _is_shown(self) -> bool:
        """Whether what was read is what is asked for."""
        shown = self.seen.front
        if shown is None or self.device_id not in ("", shown.device):
            return False
        return self.regime in ("", shown.regime)

    def show(self, read: Variants) -> None:
        is_new = read.front is not self.seen.front
        self.seen = read
        self.say("#building", points.building(read.jobs))
        self.query_one("#building").display = bool(points.building(read.jobs))
        if read.front is None:
            self._show_none(read.why)
            return
        self.device_id = read.front.device
        self.say("#line", points.front_line(read.front, read.now))
        if is_new:
            self._show_points()
        self._draw()

    def _show_none(self, why: str) -> None:
        """Nothing of what was shown before is left: it was of something else."""
        self.say("#line", [(why, "warning")])
        self.query_one(ListTable).show([])
        self.query_one(FrontPlot).clear()
        self.say("#words", [])
        self.query_one("#words-panel").border_title = None

    def _show_points(self) -> None:
        view = self.view
        if view is None:
            return
        letters = view.letters
        rows = [(name_of(p), self._cells(p, letters.get(name_of(p), ""))) for p in view.rows]
        self.query_one(ListTable).show(rows)

    def _cells(self, point: FrontPoint, letter: str) -> list[Text]:
        tone = self.dashboard.tone
        told, shade = points.standing(point)
        mark = "◆" if name_of(point) in self.marks else letter
        dim = tone("dim") if point.rejected_because else tone("text")
        predicted = point.predicted
        return [
            Text(mark, tone("accent")),
            Text(name_of(point), dim),
            Text(marked_ap50(accuracy_of(point), predicted.measured_on if predicted else ""), dim),
            Text(figures.milliseconds(cost_of(point, Cost.LATENCY)), dim),
            Text(figures.energy(predicted.energy_mj_per_frame if predicted else 0.0, ""), dim),
            Text(f"{point.wire_bytes / figures.MIB:.1f}" if point.wire_bytes else "–", dim),
            Text(f"{point.fps_limit:.1f}" if point.fps_limit else "–", dim),
            Text(told, tone(shade)),
        ]

    @on(DataTable.RowHighlighted)
    def _draw(self) -> None:
        view, key = self.view, self.query_one(ListTable).key
        if view is None:
            return
        plot = self.query_one(FrontPlot)
        measured = points.measured_text(view.front.points)
        title = f"{points.TITLES[self.cost]}{f', {measured}' if measured else ''}"
        plot.border_title = Text(title)
        plot.show(view, self.dashboard.tones(), self.marks or [key])
        self._show_words(view, key)

    def _show_words(self, view: FrontView, key: str) -> None:
        panel = self.query_one("#words-panel")
        pair = [point for name in self.marks if (point := view.named(name))]
        if len(pair) == 2:
            panel.border_title = "Compared"
            self.say("#words", points.compared(*pair))
            return
        point = view.named(key)
        recipe = next((r for r in self.seen.recipes if point and r.name == point.recipe), None)
        panel.border_title = Text(f"Recipe {recipe.name}" if recipe else "Recipe")
        told = recipe_words(recipe) if recipe else ["The catalogue has no longer its recipe."]
        self.say("#words", [(f"{line}\n", "text") for line in told] if point else [])

    def look_at(self, device: str) -> None:
        """Another one, in its regime of now."""
        self.device_id, self.regime, self.marks, self._reads = device, "", [], 0
        self.read_again()

    def action_mark(self) -> None:
        """Mark a point, or no longer."""
        key = self.query_one(ListTable).key
        if key:
            self.marks = marked(self.marks, key)
            self._show_points()
            self._draw()

    def action_regime(self) -> None:
        """Choose a regime."""
        if self.seen.front is not None:
            choices = [("", NOW), *((name, name) for name in self.seen.front.regimes)]
            screen = ChooseScreen("Regime of the street", choices, [self.regime])
            self.app.push_screen(screen, self._in_regime)

    def _in_regime(self, keys: list[str] | None) -> None:
        if keys:
            self.regime = keys[0]
            self._reads = 0
            self.read_again()

    def action_hardware(self) -> None:
        """Choose a class of hardware, shown by one of its devices."""
        found = classes(self.dashboard.mirror.rows.values())
        choices = [(names[0], points.class_text(names)) for names in found]
        shown = next((names[0] for names in found if self.device_id in names), "")
        screen = ChooseScreen("Devices that are alike", choices, [shown])
        self.app.push_screen(screen, lambda keys: self.look_at(keys[0]) if keys else None)

    def action_cost(self) -> None:
        """The next price."""
        known = list(Cost)
        self.cost = known[(known.index(self.cost) + 1) % len(known)]
        self._show_points()
        self._draw()

    def action_build(self) -> None:
        """Build what is under the cursor."""
        point = self.view.named(self.query_one(ListTable).key) if self.view else None
        if point is not None:
            self.dashboard.propose(build(point))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        view = self.view
        costs = [f"{cost} in {UNITS[cost]}" for cost in Cost]
        titles = ["point", "front", "ap50", "ap50_measured_on", *costs, "built", "standing"]
        letters = view.letters if view else {}
        return titles, [
            [
                name_of(p),
                letters.get(name_of(p), ""),
                accuracy_of(p) or None,
                p.predicted.measured_on if p.predicted else "",
                *(cost_of(p, cost) or None for cost in Cost),
                p.built,
                points.standing(p)[0],
            ]
            for p in (view.rows if view else [])
        ]


def _running(jobs: Sequence[Job]) -> set[str]:
    return {job.id for job in jobs if job.is_running}
