"""`lamplighter report`: the demo's report for people."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_atomically

from lamplighter_cli.errors import CommandError

if TYPE_CHECKING:
    from lamplighter_demo.report.schema import Report


def report(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="As `lamplighter demo` writes it.")],
    html: Annotated[
        bool, typer.Option("--html", help="Write it as one page beside FILE, with pictures.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the page goes instead.")
    ] = None,
) -> None:
    """What a demo's report says, in lines or as a page that is readable without a network."""
    read = read_report(file)
    if not html:
        from lamplighter_demo.report.checks import summary

        typer.echo("\n".join(summary(read)))
        return
    from lamplighter_demo.report_page.page import page

    target = out or file.with_suffix(".html")
    try:
        write_atomically(target, [page(read).encode()])
    except OSError as error:
        raise CommandError(os_error_text(error, target)) from error
    typer.echo(f"page: {target}")


def read_report(file: Path) -> "Report":
    """A report from its file.

    Raises:
        CommandError: it cannot be read, or is no report of this version.
    """
    from lamplighter_demo.report.schema import Report

    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise CommandError(os_error_text(error, file)) from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise CommandError(f"{file} is no report of a demo: {error}") from error
