"""The commands, with what they take and what completes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lamplighter_client.errors import ClientError
from lamplighter_client.streaming.row_order import RowOrder

from lamplighter_dashboard.actions import group_actions
from lamplighter_dashboard.export.files import ExportError, export
from lamplighter_dashboard.screens.host import Host
from lamplighter_dashboard.screens.registry import PLACES
from lamplighter_dashboard.settings.chosen import target_of
from lamplighter_dashboard.themes.palettes import PALETTES
from lamplighter_dashboard.words.groupings import GROUP, GROUPINGS, is_grouping

EXAMPLES = "fleet, device NAME, sort latency, group site, theme lamplighter-light, export fleet.csv"
MOST_LISTED = 500
Run = Callable[[Host, str], str | None]
Choices = Callable[[Host], Sequence[str]]


@dataclass(frozen=True)
class Command:
    """`run` gives what was wrong with the argument, or nothing."""

    name: str
    about: str
    run: Run
    argument: str = ""
    choices: Choices = lambda _app: ()
    aliases: Sequence[str] = ()


def run(app: Host, text: str) -> str | None:
    """Do what was written; what was wrong with it, or nothing."""
    name, _, argument = text.strip().partition(" ")
    if not name:
        return None
    command = _named(name)
    if command is None:
        known = ", ".join(command.name for command in COMMANDS)
        return f"no command {name!r}; there are {known}"
    if command.argument and not argument.strip():
        return f"write :{command.name} {command.argument}"
    return command.run(app, argument.strip())


def completed(app: Host, text: str) -> str | None:
    """The text with its last word written out."""
    name, blank, argument = text.partition(" ")
    if not blank:
        names = [command.name for command in COMMANDS]
        return next((known for known in names if name and known.startswith(name)), None)
    command = _named(name)
    if command is None:
        return None
    choices = command.choices(app)
    found = next((known for known in choices if known.startswith(argument)), None)
    return None if found is None else f"{name} {found}"


def _named(name: str) -> Command | None:
    for command in COMMANDS:
        if name == command.name or name in command.aliases:
            return command
    fitting = [command for command in COMMANDS if command.name.startswith(name)]
    return fitting[0] if len(fitting) == 1 else None


def _go(name: str) -> Run:
    def go(app: Host, _argument: str) -> None:
        app.action_go(name)

    return go


def _device(app: Host, name: str) -> str | None:
    app.open_device(name)
    return None


def _log(app: Host, name: str) -> str | None:
    app.open_log(name)
    return None


def _query(app: Host, text: str) -> None:
    app.action_go("fleet")
    app.ask(text)


def _sort(app: Host, order: str) -> str | None:
    if order.removeprefix("-") not in list(RowOrder):
        return f"sort by one of {', '.join(RowOrder)}; - in front turns it round"
    app.change_view(sort=order)
    return None


def _group(app: Host, by: str) -> str | None:
    if by != "none" and not is_grouping(by):
        return f"group by {', '.join(GROUPINGS)}, {GROUP}, label:NAME or none"
    app.change_view(grouping="" if by == "none" else by)
    return None


def _theme(app: Host, name: str) -> str | None:
    if name not in PALETTES:
        return f"the themes are {', '.join(PALETTES)}"
    app.choose_theme(name)
    return None


def _save(app: Host, name: str) -> str | None:
    app.keep_view(name)
    app.notify(f"this view is kept as {name}", markup=False)
    return None


def _view(app: Host, name: str) -> str | None:
    if name not in app.views():
        return f"no view {name!r}; :save NAME keeps one"
    app.take_view(name)
    return None


def _context(app: Host, name: str) -> str | None:
    if app.is_web:  # whoever is let in by a key has not the tokens of whoever serves it
        return "in a browser the dashboard stays with the controller that it was opened for"
    known = app.chosen.contexts
    if name not in known:
        return f"no context {name!r}; those of dashboard.toml: {', '.join(known) or 'none'}"
    try:
        target = target_of(known[name])
    except ClientError as error:
        return str(error)
    app.run_worker(app.change_context(name, target), group="context", exclusive=True)
    return None


def _export(app: Host, file: str) -> str | None:
    try:
        said = export(app, Path(file).expanduser())
    except ExportError as error:
        return str(error)
    app.notify(said, markup=False)
    return None


def _keep(app: Host, name: str) -> str | None:
    if not app.view.query:
        return "ask for devices first, by / or :query; they are kept as a group"
    app.propose(group_actions.create(app.view.query, name))
    return None


def _help(app: Host, _argument: str) -> None:
    app.action_keys()


def _all(app: Host, _argument: str) -> None:
    _query(app, "")


def _quit(app: Host, _argument: str) -> None:
    app.leave()


def _devices(app: Host) -> Sequence[str]:
    return sorted(app.mirror.rows)


COMMANDS: Sequence[Command] = (
    Command("fleet", "all devices", _go("fleet"), aliases=("fl", "devices")),
    *(Command(place.name, place.about, _go(place.name)) for place in PLACES),
    Command("device", "one device", _device, "NAME", _devices, ("d",)),
    Command("log", "what the agent of a device has logged", _log, "NAME", _devices),
    Command("query", "the devices that a query names", _query, "QUERY"),
    Command("all", "all devices again", _all),
    Command("sort", "sort the fleet", _sort, "COLUMN", lambda _: list(RowOrder)),
    Command("group", "group the fleet", _group, "FIELD", lambda _: [*GROUPINGS, GROUP, "none"]),
    Command("save", "keep query, order, groups and columns under a name", _save, "NAME"),
    Command("view", "look as it was kept", _view, "NAME", lambda app: sorted(app.views())),
    Command("keep", "make the fleet's query a group", _keep, "NAME"),
    Command("theme", "other colours", _theme, "NAME", lambda _: list(PALETTES)),
    Command(
        "context", "another controller", _context, "NAME", lambda app: sorted(app.chosen.contexts)
    ),
    Command(
        "export",
        "what is shown into FILE.csv, .json, .svg; a device into .html",
        _export,
        "FILE",
        aliases=("w",),
    ),
    Command("help", "keys and words", _help),
    Command("quit", "leave", _quit, aliases=("q",)),
)
