"""A fleet that is not there, for a controller that is."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.options import Data, Token, Url, default_data_dir, finite, target
from lamplighter_cli.output import show_json
from lamplighter_cli.progress import report


def simulate(
    devices: Annotated[int, typer.Option(min=1, max=100_000, help="How many devices.")] = 100,
    seconds: Annotated[
        float, typer.Option(callback=finite, min=0, help="Seconds of telemetry.")
    ] = 60.0,
    window_s: Annotated[
        float, typer.Option(callback=finite, min=0.1, help="Seconds of a window.")
    ] = 10.0,
    storm: Annotated[bool, typer.Option("--storm", help="Cut all links at once, then.")] = False,
    restart_controller: Annotated[
        bool,
        typer.Option("--restart-controller", help="Kill it in the end, and start it again."),
    ] = False,
    rollout: Annotated[
        str, typer.Option(help="Roll this variant or model out to all, in one wave.")
    ] = "",
    downloads: Annotated[
        bool, typer.Option("--downloads", help="Devices fetch what they are ordered.")
    ] = False,
    patience_s: Annotated[
        float, typer.Option(callback=finite, min=0, help="Seconds to wait for each step.")
    ] = 600.0,
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Where identities are kept.")
    ] = Path("var/simulated"),
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """A fleet that speaks the real wire: enrols, connects, takes orders, sends telemetry."""
    from lamplighter_demo.simulation.run import SimulationOptions
    from lamplighter_demo.simulation.run import simulate as run_simulation

    restarts = (data or default_data_dir()) if restart_controller else None
    options = SimulationOptions(
        devices, seconds, window_s, patience_s, storm, restarts, rollout, downloads
    )
    show_json(run_simulation(target(data, url, token), folder, options, report))
