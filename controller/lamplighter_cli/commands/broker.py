"""Commands for a broker that runs elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, default_data_dir, group

broker_app = group("A broker on another machine.")


@broker_app.command("files")
def broker_files(
    out: Annotated[Path, typer.Argument(help="Folder to write.")],
    name: Annotated[str, typer.Option(help="Name under which devices reach the broker.")],
    port: Annotated[int, typer.Option(help="Its port (MQTT over TLS).")] = 8883,
    at: Annotated[
        Path | None, typer.Option(help="Where the folder will lie on its machine; default: here.")
    ] = None,
    user: Annotated[
        str, typer.Option(help="Whom mosquitto becomes when root starts it.")
    ] = "mosquitto",
    data: Data = None,
) -> None:
    """Write certificate, access rules and mosquitto.conf for a broker that runs elsewhere."""
    from lamplighter_controller.link.broker_files import write_broker_files
    from lamplighter_controller.pki.authority import Authority

    authority = Authority((data or default_data_dir()) / "pki")
    try:
        made = write_broker_files(authority, out, name, port, at or out.resolve(), user)
    except OSError as error:
        raise CommandError(
            f"{out} cannot be written ({error.strerror}); name another folder"
        ) from error
    for path in made:
        typer.echo(str(path))
