"""The benchmark of the dashboard."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.options import WorkFolder, finite
from lamplighter_cli.output import show_json
from lamplighter_cli.progress import report


def bench_dashboard(
    devices: Annotated[int, typer.Option(min=2, max=100_000, help="Size of the fleet.")] = 10_000,
    changes: Annotated[
        int, typer.Option(min=1, max=10_000, help="Devices that change each second.")
    ] = 1000,
    seconds: Annotated[
        float, typer.Option(callback=finite, min=1, max=3600, help="How long nobody presses a key.")
    ] = 30.0,
    folder: WorkFolder = Path("var/bench-dashboard"),
) -> None:
    """First paint, keys, processor time, memory and bytes of a dashboard on a large fleet."""
    from lamplighter_demo.benchmarks.dashboard.run import bench_dashboard as run_bench

    show_json(run_bench(folder.resolve(), devices, changes, seconds, report))
