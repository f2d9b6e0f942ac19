"""Commands for the broker: to end ours, and for one that runs elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, default_data_dir, group

broker_app = group("The broker: ours, or one on another machine.")


@broker_app.command("stop")
def stop(data: Data = None) -> None:
    """End the broker that a controller has left running."""
    from lamplighter_controller.folder_lock import FolderLock
    from lamplighter_controller.link.mosquitto import stop_mosquitto

    folder = data or default_data_dir()
    if not folder.is_dir():
        raise CommandError(f"there is no data folder {folder}; name it with --data")
    lock = FolderLock(folder).acquire()  # a controller would start it again
    process = stop_mosquitto(folder / "broker")
    lock.release()
    typer.echo(f"the broker (process {process}) has ended" if process else "no broker runs")


@broker_app.command("files")
def broker_files(
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder to write.")],
    name: Annotated[str, typer.Option(help="Name under which devices reach the broker.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port (MQTT over TLS).")] = 8883,
    at: Annotated[
        Path | None, typer.Option(help="Where the folder will lie on its machine; default: here.")
    ] = None,
    user: Annotated[
        str, typer.Option(help="Whom mosquitto becomes when root starts it.")
    ] = "mosquitto",
    data: Data = None,
) -> None:
    """Write certificate, access rules and mosquitto.conf for a broker that runs elsewhere."""
    from lamplighter_controller.link.access.access_rules import AccessRules
    from lamplighter_controller.link.broker_files import copy_shut_out, write_broker_files
    from lamplighter_controller.link.external import BROKER_FILES
    from lamplighter_controller.pki.authority import Authority
    from lamplighter_controller.settings import HOST

    if not HOST.fullmatch(name):
        raise typer.BadParameter(f"{name[:80]!r} is no name of a machine", param_hint="--name")
    authority = Authority((data or default_data_dir()) / "pki")
    there = at or out.resolve()
    rules = AccessRules(shares_chunks=True, revoked=authority.revocation_list([]))
    try:
        made = write_broker_files(authority, out, name, port, there, user, rules)
        copy_shut_out(authority.directory.parent / BROKER_FILES, out)
    except OSError as error:
        raise CommandError(
            f"{out} cannot be written ({error.strerror}); name another folder"
        ) from error
    for path in made:
        typer.echo(str(path))
