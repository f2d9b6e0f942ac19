"""Commands that show a whole city: the dashboard and the demo."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_wire.policy.choices import CHOICES

from lamplighter_cli.commands.provisioning.docker_hosts import GatewayHosts
from lamplighter_cli.commands.watching.web import (
    Certificate,
    PrivateKey,
    child_of,
    is_in_browser,
    place_of,
    serve_dashboard,
)
from lamplighter_cli.errors import EXIT_USAGE, CommandError
from lamplighter_cli.options import Data, Token, Url, WorkFolder, finite, target


def dashboard(
    data: Data = None,
    url: Url = None,
    token: Token = None,
    context: Annotated[
        str, typer.Option(help="A controller by its name in dashboard.toml of your settings.")
    ] = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show everything, change nothing.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web", help="In a browser, at an address with a key that is printed.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Where the browser reaches it; beyond this machine with TLS only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8180,
    certificate: Certificate = None,
    private_key: PrivateKey = None,
) -> None:
    """The fleet on the terminal, or in a browser: ? tells the keys.

    Keys, contexts and read_only are set in ~/.config/lamplighter/dashboard.toml.
    """
    if web:
        place = place_of(host, port, certificate, private_key)
        serve_dashboard(place, child_of(data, url, token, context, read_only=read_only))
        return
    if not (is_in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise CommandError(
            "the dashboard needs a terminal; for programs: lamplighter device list --json",
            EXIT_USAGE,
        )
    from lamplighter_dashboard.opening import SettingsFileError, open_dashboard

    try:
        named = None if context else target(data, url, token)
        # In a browser nobody reaches the engines of whoever serves it.
        hosts_of = None if is_in_browser() else GatewayHosts
        open_dashboard(named, context=context, read_only=read_only, hosts_of=hosts_of).run()
    except SettingsFileError as error:
        raise CommandError(str(error), EXIT_USAGE) from error


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Print a progress log, no dashboard.")
    ] = False,
    scenario: Annotated[
        str, typer.Option(help="day, or rollout: models brought to a fleet; always headless.")
    ] = "day",
    devices: Annotated[
        int, typer.Option(min=0, max=6, help="How many devices with a real agent.")
    ] = 6,
    simulated: Annotated[
        int, typer.Option(min=1, max=10_000, help="Simulated devices of the rollout.")
    ] = 200,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the JSON report goes.")
    ] = None,
    folder: WorkFolder = Path("var/demo"),
    phase_s: Annotated[
        float,
        typer.Option(callback=finite, min=0.1, max=86400, help="Seconds of each phase of the day."),
    ] = 45.0,
    objective: Annotated[
        str, typer.Option(help="What plans maximise: counts or detection; empty: the default.")
    ] = "",
) -> None:
    """A city of six devices through a day: planned, deployed, adapted, reported.

    Or a fleet through two rollouts: a good one, during which the controller is killed, and a bad
    one that is stopped; and a stolen device.
    """
    if scenario == "rollout":
        from lamplighter_demo.rollout.run import run_rollout

        played = run_rollout(real=devices, simulated=simulated, report=report, folder=folder)
        raise typer.Exit(played)
    if scenario != "day":
        raise typer.BadParameter(f"{scenario!r}: write day or rollout", param_hint="--scenario")
    if devices == 0:
        raise typer.BadParameter("a day needs a device", param_hint="--devices")
    if objective and objective not in CHOICES["objective"]:
        known = " or ".join(CHOICES["objective"])
        raise typer.BadParameter(f"{objective!r}: write {known}", param_hint="--objective")
    from lamplighter_demo.run import run_demo

    quiet = headless or not sys.stdout.isatty()
    code = run_demo(
        headless=quiet,
        devices=devices,
        report=report,
        folder=folder,
        phase_s=phase_s,
        objective=objective,
    )
    raise typer.Exit(code)
