"""Commands that record and render traffic scenes."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import group
from lamplighter_cli.progress import log_progress

scenes_app = group("Traffic scenes.")


@scenes_app.command("record")
def scenes_record(
    out: Annotated[Path, typer.Option(help="Where the traces go.")] = Path("deploy/demo/traces"),
) -> None:
    """Record the street's traces with SUMO."""
    from lamplighter_scenes.demo_day import record_traces

    log_progress()
    for path in record_traces(out):
        typer.echo(str(path))


@scenes_app.command("render")
def scenes_render(
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
    out: Annotated[Path, typer.Option(help="Where the clips go.")] = Path("deploy/demo/clips"),
) -> None:
    """Render the clips of the demo day with their ground truth."""
    from lamplighter_scenes.demo_day import render_clips

    log_progress()
    for truth in render_clips(traces, out):
        typer.echo(f"{truth['regime']}")


@scenes_app.command("dataset")
def scenes_dataset(
    split: Annotated[str, typer.Argument(help="train, val or test: its time and its cameras.")],
    out: Annotated[Path, typer.Argument(help="Folder of pictures and labels.")],
    frames: Annotated[int, typer.Option(min=1, help="How many pictures.")] = 2400,
    seed: Annotated[int, typer.Option(help="Seed of weather, looks and draws.")] = 1001,
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
) -> None:
    """Render labelled pictures for training and evaluation, half of them jams."""
    from lamplighter_scenes.dataset import SPLITS, render_dataset
    from lamplighter_scenes.demo_day import load_scene

    if split not in SPLITS:
        raise CommandError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    log_progress()
    street, scene_traces = load_scene(traces)
    typer.echo(str(render_dataset(out, split, frames, seed, street, scene_traces)))
