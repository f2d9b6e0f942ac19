"""Commands that show a whole city: the dashboard and the demo."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import EXIT_USAGE, CommandError
from lamplighter_cli.options import Data, Token, Url, WorkFolder, finite, target


def dashboard(data: Data = None, url: Url = None, token: Token = None) -> None:
    """The fleet on the terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandError(
            "the dashboard needs a terminal; for programs: lamplighter device list --json",
            EXIT_USAGE,
        )
    controller = target(data, url, token)
    from lamplighter_controller.dashboard.app import dashboard_of

    dashboard_of(controller).run()


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Print a progress log, no dashboard.")
    ] = False,
    devices: Annotated[int, typer.Option(min=1, max=6, help="How many devices.")] = 6,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the JSON report goes.")
    ] = None,
    folder: WorkFolder = Path("var/demo"),
    phase_s: Annotated[
        float,
        typer.Option(callback=finite, min=0.1, max=86400, help="Seconds of each phase of the day."),
    ] = 45.0,
) -> None:
    """A city of six devices through a day: planned, deployed, adapted, reported."""
    from lamplighter_demo.run import run_demo

    quiet = headless or not sys.stdout.isatty()
    code = run_demo(headless=quiet, devices=devices, report=report, folder=folder, phase_s=phase_s)
    raise typer.Exit(code)
