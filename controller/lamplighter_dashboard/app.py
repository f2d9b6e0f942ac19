"""The application: one controller looked at, screens over each other, what is asked and done."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import msgspec
from lamplighter_client.client import AsyncClient
from lamplighter_client.target import Target
from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lamplighter_dashboard.commands import commands
from lamplighter_dashboard.commands.commands import Command
from lamplighter_dashboard.model.catalogue import Catalogue
from lamplighter_dashboard.model.docker_hosts import DockerHosts
from lamplighter_dashboard.model.fleet_feed import FleetFeed
from lamplighter_dashboard.model.fleet_mirror import FleetMirror
from lamplighter_dashboard.model.fleet_reading import FleetReading
from lamplighter_dashboard.model.messages import ConnectionChanged, FleetChanged
from lamplighter_dashboard.performing import PerformingApp
from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.device_log import DeviceLogScreen
from lamplighter_dashboard.screens.events import EventsScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.screens.making.variants import VariantsScreen
from lamplighter_dashboard.screens.modal.help import HelpScreen
from lamplighter_dashboard.screens.registry import PLACES, SCREENS
from lamplighter_dashboard.settings.chosen import Chosen
from lamplighter_dashboard.settings.remembered import Memory, View
from lamplighter_dashboard.themes.palettes import DARK, PALETTES, theme_of
from lamplighter_dashboard.widgets.prompt_line import PromptLine
from lamplighter_dashboard.widgets.story_bar import Story

PAINT_S = 0.5
# A screen that stands still for longer is better told so.
TIMEOUT_S = 10.0
READ_ONLY = "read-only"


class Dashboard(PerformingApp):
    """The fleet at a glance, each device in detail, and what can be done about them."""

    TITLE = "Lamplighter"
    CSS_PATH = "dashboard.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own form
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]  # noqa: RUF012 - Textual's own form
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "prompt('/')", "Filter", id="prompt-query", key_display="/"),
        Binding("colon", "prompt(':')", "Command", id="prompt-command", key_display=":"),
        Binding("question_mark,f1", "keys", "Help", id="help", key_display="?"),
        Binding("1", "go('fleet')", "Fleet", id="go-fleet", show=False),
        *(
            Binding(str(n), f"go('{place.name}')", place.title, id=f"go-{place.name}", show=False)
            for n, place in enumerate(SCREENS, 2)
        ),
        Binding("ctrl+y", "copy_shown", "Copy", id="copy", show=False),
        Binding("ctrl+e", "prompt(':', 'export ')", "Export", id="export", show=False),
        Binding("t", "next_theme", "Next theme", id="next-theme", show=False),
        Binding("q", "quit", "Quit", id="quit"),
    ]

    def __init__(
        self,
        client: AsyncClient,
        *,
        chosen: Chosen | None = None,
        memory: Memory | None = None,
        read_only: bool = False,
        context: str = "",
        story: Story | None = None,
        hosts: DockerHosts | None = None,
    ) -> None:
        """`story`: what is told above each screen, asked for each second. `hosts`: engines whose
        files the user has."""
        super().__init__()
        self.story, self.hosts = story, hosts
        self.chosen = chosen or Chosen()
        self.memory = memory or Memory(None)
        self.context, self._read_only = context, read_only or self.chosen.read_only
        self.view = self.memory.now.view
        for name in PALETTES:
            self.register_theme(theme_of(name))
        self.theme = self.memory.now.theme if self.memory.now.theme in PALETTES else DARK
        self._painted_at, self._painted = 0.0, (0, -1)
        self._set_client(client)
        self.set_keymap(dict(self.chosen.keys))

    def _set_client(self, client: AsyncClient) -> None:
        self.client, self.catalogue = client, Catalogue()
        self.reading = FleetReading(client, self._changed, self._connected, self.view.sort)

    def on_mount(self) -> None:
        self.push_screen(FleetScreen())
        self.set_interval(PAINT_S, self._paint)
        self._follow()

    @work(name="feed", group="feed", exclusive=True)
    async def _follow(self) -> None:
        await self.feed.run()

    @work(name="query", group="query", exclusive=True)
    async def _follow_query(self, feed: FleetFeed) -> None:
        await feed.run()

    def _changed(self) -> None:
        if time.monotonic() - self._painted_at >= PAINT_S:
            self._paint()

    def _paint(self) -> None:
        """Let screens show what changed: however much that was, at most twice a second."""
        if self._painted != self.reading.version:
            self._painted, self._painted_at = self.reading.version, time.monotonic()
            self._tell(FleetChanged)

    def _connected(self) -> None:
        self._tell(ConnectionChanged)

    def _tell(self, kind: Callable[[], FleetChanged | ConnectionChanged]) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, DashboardScreen) and screen.is_mounted:
                screen.post_message(kind())

    # What screens ask of the application.

    @property
    def mirror(self) -> FleetMirror:
        """All devices, whatever the fleet's table is asked for."""
        return self.reading.whole.mirror

    @property
    def feed(self) -> FleetFeed:
        """What keeps them up to date."""
        return self.reading.whole

    @property
    def shown(self) -> FleetFeed:
        """What the fleet's table shows, and how it was come by."""
        return self.reading.shown

    def tones(self) -> Mapping[str, str]:
        """Tone -> colour of the theme."""
        name = self.theme if self.theme in PALETTES else DARK
        return PALETTES[name].tones

    def tone(self, name: str) -> str:
        """The colour of a tone."""
        return self.tones()[name]

    def crumbs(self) -> list[str]:
        """Names of the screens that are open, the lowest first."""
        names = [s.name_shown for s in self.screen_stack if isinstance(s, DashboardScreen)]
        return [self.TITLE, *names]

    @property
    def read_only(self) -> bool:
        """Whether nothing is changed from here: as it was opened, or as the context says."""
        context = self.chosen.contexts.get(self.context)
        return self._read_only or (context is not None and context.read_only)

    def where(self) -> str:
        """Which controller, and whether anything may be changed."""
        address = self.context or self.client.target.url.partition("//")[2]
        return f"{address} {READ_ONLY}" if self.read_only else address

    def ask(self, query: str) -> None:
        """Show the devices that a query names; empty: all."""
        self.view = msgspec.structs.replace(self.view, query=query)
        self._ask_again()

    def change_view(self, **changes: Any) -> None:
        """Look at the fleet in another way, and remember it."""
        self.view = msgspec.structs.replace(self.view, **changes)
        self.memory.change(view=msgspec.structs.replace(self.view, query=""))
        self.reading.sort_by(self.view.sort)
        self.fleet.look()

    def views(self) -> Mapping[str, View]:
        """Those that are kept under names."""
        return self.memory.now.views

    def take_view(self, name: str) -> None:
        """Look at the fleet as was kept; all of that but its query is remembered."""
        self.view = self.memory.now.views[name]
        self.change_view()
        self._ask_again()

    def keep_view(self, name: str) -> None:
        """Keep how the fleet is looked at."""
        self.memory.keep(name, self.view)

    def _ask_again(self) -> None:
        """Follow the rows of the view's query, those of the one before no longer."""
        self._leave_undone("query")
        if (feed := self.reading.ask(self.view.query, self.view.sort)) is not None:
            self._follow_query(feed)
        self._tell(FleetChanged)

    @property
    def fleet(self) -> FleetScreen:
        """The lowest screen."""
        return next(screen for screen in self.screen_stack if isinstance(screen, FleetScreen))

    async def change_context(self, name: str, target: Target) -> None:
        """Look at another controller; what was asked of the one before is not asked of it."""
        self._leave_undone("acting", "reading", "query")
        self.fleet.table.marked.clear()
        old, self.context = self.client, name
        self.view = msgspec.structs.replace(self.view, query="")
        self._set_client(AsyncClient(target, TIMEOUT_S))
        self._painted = (0, -1)
        self.action_go("fleet")
        self._follow()
        self._tell(FleetChanged)
        self._close(old)

    def _leave_undone(self, *groups: str) -> None:
        for worker in self.workers:
            if worker.group in groups:
                worker.cancel()

    @work(group="closing")
    async def _close(self, client: AsyncClient) -> None:
        """Once nothing is being done by it: what was confirmed is done whole."""
        performing = [worker for worker in self.workers if worker.group == "performing"]
        await asyncio.gather(*(worker.wait() for worker in performing), return_exceptions=True)
        await client.close()

    def go_back(self) -> None:
        """To the screen before; the fleet stays."""
        if isinstance(self.screen, DashboardScreen) and not isinstance(self.screen, FleetScreen):
            self.pop_screen()

    def action_go(self, name: str) -> None:
        """To a screen by its name, over the fleet."""
        while not isinstance(self.screen, FleetScreen):
            self.pop_screen()
        place = next((place for place in PLACES if place.name == name), None)
        if place is not None:
            self.push_screen(place.make())

    def open_device(self, name: str, at: float = 0.0) -> None:
        """A device's page; its charts around a time, where one is given."""
        here = self.screen
        if at or not (isinstance(here, DeviceScreen) and here.device_id == name):
            self.push_screen(DeviceScreen(name, at))

    def open_variants(self, device: str) -> None:
        """What a device could serve."""
        self.push_screen(VariantsScreen(device))

    def open_events(self, device: str = "") -> None:
        """What happened, to one device or to all."""
        self.push_screen(EventsScreen(device))

    def open_log(self, device: str) -> None:
        """What the agent of a device has logged."""
        if self.read_only:
            self.notify("this dashboard is read-only: nothing is asked of devices from here")
        else:
            self.push_screen(DeviceLogScreen(device))

    def action_prompt(self, sign: str, text: str = "") -> None:
        """Let a query or command be written."""
        screen = self.screen
        if not isinstance(screen, DashboardScreen):
            return
        prompt = screen.query_one(PromptLine)
        if sign == ":":
            prompt.ask(":", lambda given: commands.completed(self, given), commands.EXAMPLES, text)
        elif screen.searches_for:
            asked = text or screen.searched
            prompt.ask("/", screen.complete_search, screen.searches_for, asked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What makes no sense on the screen is not offered."""
        if action == "prompt" and parameters == ("/",):
            return bool(getattr(self.screen, "searches_for", ""))
        return True

    def command(self, text: str) -> None:
        """Do what was written behind a colon."""
        if trouble := commands.run(self, text):
            self.notify(trouble, severity="warning", markup=False)

    def action_keys(self) -> None:
        """Help of the screen."""
        screen = self.screen
        if isinstance(screen, DashboardScreen):
            keys = [(shown, about) for shown, about in self._keys(screen)]
            told = self.story() if self.story else ""
            self.push_screen(HelpScreen(f"{screen.name_shown}: help", screen.about, keys, told))

    def _keys(self, screen: Screen[Any]) -> Iterable[tuple[str, str]]:
        """Keys that do something now, each once, with what they do; those that every list has come
        last."""
        seen: set[str] = set()
        active = [one.binding for one in screen.active_bindings.values()]
        for binding in sorted(active, key=lambda one: not one.id):
            if binding.description and binding.action not in seen and not binding.system:
                seen.add(binding.action)
                shown = self.get_key_display(binding)
                more = f": {binding.tooltip}" if binding.tooltip else ""
                yield shown, binding.description + more

    def action_copy_shown(self) -> None:
        """To the clipboard of the terminal (OSC 52), also over ssh."""
        text = self.screen.copied() if isinstance(self.screen, DashboardScreen) else ""
        if text:
            self.copy_to_clipboard(text)
            self.notify(f"copied: {text.splitlines()[0]}", timeout=2, markup=False)

    def action_next_theme(self) -> None:
        """Dark, light, high contrast."""
        names = list(PALETTES)
        self.choose_theme(names[(names.index(self.theme) + 1) % len(names)])

    def choose_theme(self, name: str) -> None:
        """Use a theme from now on."""
        self.theme = name
        self.memory.change(theme=name)
        self.fleet.draw()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """What the palette lists."""
        for command in commands.COMMANDS:
            yield _listed(self, command)
        for name in sorted(self.mirror.rows)[: commands.MOST_LISTED]:
            yield SystemCommand(name, "open the device", lambda name=name: self.open_device(name))

    async def on_unmount(self) -> None:
        await self.client.close()


def _listed(app: Dashboard, command: Command) -> SystemCommand:
    """A command that needs an argument is begun, one that needs none is done."""
    if command.argument:
        return SystemCommand(
            f":{command.name} {command.argument}",
            command.about,
            lambda: app.action_prompt(":", f"{command.name} "),
        )
    return SystemCommand(f":{command.name}", command.about, lambda: app.command(command.name))


def dashboard_of(target: Target, **options: Any) -> Dashboard:
    """The dashboard on a controller; `run()` returns when the user quits."""
    return Dashboard(AsyncClient(target, TIMEOUT_S), **options)
