"""`lamplighter bench cameras`: what a camera costs beside the network."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.options import WorkFolder

CLIP = Path("deploy/demo/clips/south-arm-midday-rain.mp4")


def bench_cameras(
    clip: Annotated[Path, typer.Option(help="Clip that the cameras show.")] = CLIP,
    folder: WorkFolder = Path("var/cameras"),
) -> None:
    """Processor time of receiving a camera, by stream and by how many pictures are wanted."""
    from lamplighter_demo.work_folder import work_folder

    # The agent is a program of its own: the controller never imports it.
    module = "lamplighter_agent.benchmark.camera_cost"
    with work_folder(folder.resolve()) as place:
        command = [sys.executable, "-m", module, str(clip), str(place)]
        raise typer.Exit(subprocess.run(command, check=False).returncode)
