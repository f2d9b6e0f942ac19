"""Commands that keep a controller's data safe."""

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, default_data_dir
from lamplighter_cli.progress import report

if TYPE_CHECKING:
    from lamplighter_controller.settings import ControllerSettings

NO_DATABASE = "the database is not in it: keep a dump of the same time (pg_dump --format=custom)"
SINCE = (
    "what was revoked, retired or ended since then is let in again: do that anew, by an export of"
    " the audit log or by memory"
)
PUT_BACK = "put the database's dump back before it starts: pg_restore"
UNKNOWN = (
    "there is no database in {folder}: a server keeps it. Say which by --config, or by"
    " LAMPLIGHTER_DATABASE_URL; or leave it out with --no-database"
)
NOWHERE = (
    "the backup holds a server's database. Name an empty one by --config, or by"
    " LAMPLIGHTER_DATABASE_URL; or leave it out with --no-database"
)
BackupFile = Annotated[Path, typer.Argument(dir_okay=False, help="The backup, a tar file.")]
Config = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="TOML file with settings.")
]


def backup(
    file: BackupFile,
    artifacts: Annotated[
        bool, typer.Option(help="Built variants as well; without them they are built again.")
    ] = True,
    database: Annotated[
        bool, typer.Option(help="The database as well; a server's is dumped by pg_dump.")
    ] = True,
    data: Data = None,
    config: Config = None,
) -> None:
    """Copy all that a controller keeps into one file, while it runs; then check the file."""
    from lamplighter_controller.backups.backup import back_up
    from lamplighter_controller.backups.contents import DATABASE
    from lamplighter_controller.backups.server_dump import is_servers

    settings = _settings(data, config)
    folder, url = settings.data_dir, settings.database
    is_with = database and is_servers(url)
    if database and not is_with and folder.is_dir() and not (folder / DATABASE).exists():
        raise CommandError(UNKNOWN.format(folder=folder))
    try:
        made = back_up(
            folder,
            file.absolute(),
            time.time(),
            report,
            artifacts=artifacts,
            database=url if is_with else "",
        )
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"{file}: {len(made.files)} files, {made.size_bytes / 1e6:.1f} MB, checked")
    if not made.has_database:
        typer.echo(NO_DATABASE)


def restore(
    file: BackupFile,
    database: Annotated[
        bool, typer.Option(help="A server's database as well; it is empty before.")
    ] = True,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a controller's data folder of a backup. The folder is not there yet, or empty."""
    from lamplighter_controller.backups.contents import checked
    from lamplighter_controller.backups.restore import restore as make
    from lamplighter_controller.backups.server_dump import is_servers

    settings = _settings(data, config)
    folder, url = settings.data_dir, settings.database
    try:
        is_dumped = checked(file).has_dump
        if database and is_dumped and not is_servers(url):
            raise CommandError(NOWHERE)
        made = make(file, folder.absolute(), url if database and is_dumped else "")
    except OSError as error:
        raise CommandError(f"{error.filename or file}: {error.strerror}") from error
    when = datetime.fromtimestamp(made.made_at).astimezone().isoformat(" ", "minutes")
    typer.echo(f"{folder} is as it was on {when}; start it: lamplighter serve --data {folder}")
    typer.echo(SINCE)
    if not made.has_database or (is_dumped and not database):
        typer.echo(PUT_BACK)


def _settings(data: Path | None, config: Path | None) -> "ControllerSettings":
    """Raises SettingsError: the file or a variable says what it cannot."""
    from lamplighter_controller.settings import load_settings

    folder = data or (None if config else default_data_dir())
    return load_settings(config, overrides={"data_dir": folder})
