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
    device: Annotated[
        str | None, typer.Option(help="With --html: the day of this device, as a page of its own.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the page goes instead.")
    ] = None,
) -> None:
    """What a demo's report says, in lines or as a page that is readable without a network."""
    read = read_report(file)
    if device is not None and not html:
        raise CommandError("--device makes a page: give --html as well")
    if not html:
        from lamplighter_demo.report.checks import summary

        typer.echo("\n".join(summary(read)))
        return
    text, name = _page(read, device)
    target = out or file.with_name(f"{file.stem}{name}.html")
    try:
        write_atomically(target, [text.encode()])
    except OSError as error:
        raise CommandError(os_error_text(error, target)) from error
    typer.echo(f"page: {target}")


def _page(read: "Report", device: str | None) -> tuple[str, str]:
    """The page, and what is put behind the file's name."""
    from lamplighter_demo.report_page.page import device_page, page

    if device is None:
        return page(read), ""
    found = next((one for one in read.devices if one.id == device), None)
    if found is None:
        known = ", ".join(one.id for one in read.devices) or "none"
        raise CommandError(f"no device {device!r} in this report; there are {known}")
    return device_page(read, found), f"-{device}"


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
