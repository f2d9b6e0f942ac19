"""The command that brings a controller's data to the version that is installed."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from lamplighter_wire import __version__

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, default_data_dir
from lamplighter_cli.output import show
from lamplighter_cli.progress import report

if TYPE_CHECKING:
    from lamplighter_controller.backups.upgrade import Upgrade

Config = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="TOML file with settings.")
]


def upgrade(
    backup: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Where the backup goes; default: beside the folder."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be done; a controller may run.")
    ] = False,
    dumped: Annotated[
        bool, typer.Option("--dumped", help="A server's database has been dumped just now.")
    ] = False,
    data: Data = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Bring a stopped controller's data to this version, after a backup without built variants."""
    from lamplighter_controller.backups.upgrade import bring_up, look
    from lamplighter_controller.settings import load_settings

    folder = data or (None if config else default_data_dir())
    settings = load_settings(config, overrides={"data_dir": folder})
    folder, database = settings.data_dir.absolute(), settings.database
    file = (backup or folder.with_name(_backup_name(folder))).absolute()

    if check:
        todo = look(folder, database)
        show(_document(todo, False), "\n".join(_planned(todo)), as_json)
        return
    try:
        done = bring_up(folder, database, file, time.time(), report, is_dumped=dumped)
    except OSError as error:
        raise CommandError(f"{error.filename or file}: {error.strerror}") from error
    lines = _told(done, folder, file) if done.steps else _planned(done)
    show(_document(done, True), "\n".join(lines), as_json)


def _document(todo: "Upgrade", done: bool) -> dict[str, Any]:
    steps = [step._asdict() for step in todo.steps]
    return {"found": todo.found, "newest": todo.newest, "steps": steps, "done": done}


def _backup_name(folder: Path) -> str:
    return f"{folder.name}-{time.strftime('%Y-%m-%dT%H%M%S')}.tar"


def _planned(todo: "Upgrade") -> list[str]:
    if not todo.steps:
        return [f"nothing to do: schema {todo.found} is that of Lamplighter {__version__}"]
    steps = [f"  {step.revision}  {step.about}" for step in todo.steps]
    return [f"from schema {todo.found or 'none'} to {todo.newest}:", *steps]


def _told(done: "Upgrade", folder: Path, file: Path) -> list[str]:
    return [
        *_planned(done),
        f"done; start it: lamplighter serve --data {folder}",
        f"back: install the old version, then lamplighter restore {file} --data FOLDER",
    ]
