"""Commands that keep a controller's data safe."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, default_data_dir
from lamplighter_cli.progress import report

DUMP = (
    "the database is not in it: it is a server's. Dump it at the same time, and put the dump back"
    " before the controller starts: pg_dump --format=custom"
)
BackupFile = Annotated[Path, typer.Argument(dir_okay=False, help="The backup, a tar file.")]


def backup(
    file: BackupFile,
    artifacts: Annotated[
        bool, typer.Option(help="Built variants as well; without them they are built again.")
    ] = True,
    data: Data = None,
) -> None:
    """Copy all that a controller keeps into one file, while it runs; then check the file."""
    from lamplighter_controller.backups.backup import back_up

    folder = data or default_data_dir()
    try:
        made = back_up(folder, file.absolute(), time.time(), report, artifacts=artifacts)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"{file}: {len(made.files)} files, {made.size_bytes / 1e6:.1f} MB, checked")
    if not made.has_database:
        typer.echo(DUMP)


def restore(file: BackupFile, data: Data = None) -> None:
    """Make a controller's data folder of a backup. The folder is not there yet, or empty."""
    from lamplighter_controller.backups.restore import restore as make

    folder = data or default_data_dir()
    try:
        made = make(file, folder.absolute())
    except OSError as error:
        raise CommandError(f"{error.filename or file}: {error.strerror}") from error
    when = datetime.fromtimestamp(made.made_at).astimezone().isoformat(" ", "minutes")
    typer.echo(f"{folder} is as it was on {when}; start it: lamplighter serve --data {folder}")
    if not made.has_database:
        typer.echo(DUMP)
