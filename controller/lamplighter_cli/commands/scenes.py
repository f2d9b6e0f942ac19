"""Commands that record and render traffic scenes."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import group
from lamplighter_cli.progress import log_progress

scenes_app = group("Traffic scenes.")
ALL_SETS = "evaluation"


@scenes_app.command("record")
def scenes_record(
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the traces go.")] = Path(
        "deploy/demo/traces"
    ),
) -> None:
    """Record the streets and traces of all cities with SUMO."""
    from lamplighter_scenes.cities import record_traces

    log_progress()
    for path in record_traces(out):
        typer.echo(str(path))


@scenes_app.command("render")
def scenes_render(
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the clips go.")] = Path(
        "deploy/demo/clips"
    ),
) -> None:
    """Render the clips of the demo day with their ground truth."""
    from lamplighter_scenes.demo_day import render_clips

    log_progress()
    for truth in render_clips(traces, out):
        typer.echo(f"{truth['regime']}")


@scenes_app.command("dataset")
def scenes_dataset(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SPLIT",
            help="train, val or test; an evaluation set such as ingolstadt-low; or `evaluation`:"
            " all of these, a folder each.",
        ),
    ],
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder of pictures and labels.")],
    frames: Annotated[
        int, typer.Option(min=0, help="How many pictures; 0: 2400 of a split, 360 of a set.")
    ] = 0,
    seed: Annotated[
        int, typer.Option(help="Of a split: of weather, looks and draws. A set has its own.")
    ] = 1001,
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
) -> None:
    """Render labelled pictures for training and evaluation; goes on after an interruption."""
    from lamplighter_scenes.cities import load_scene
    from lamplighter_scenes.datasets.dataset import render_dataset
    from lamplighter_scenes.datasets.evaluation_sets import LEAST_FRAMES, SETS, render_set
    from lamplighter_scenes.datasets.splits import SPLITS

    log_progress()
    chosen = list(SETS) if name == ALL_SETS else [name]
    for one in chosen:
        folder = out / one if name == ALL_SETS else out
        if one in SETS:
            typer.echo(str(render_set(one, folder, traces, frames or LEAST_FRAMES)))
        elif one in SPLITS:
            street, scene_traces = load_scene(traces)
            about = {"split": one}
            path = render_dataset(
                folder, SPLITS[one], frames or 2400, seed, street, scene_traces, about=about
            )
            typer.echo(str(path))
        else:
            raise CommandError(f"no split {one!r}; there are {', '.join([*SPLITS, *SETS])}")


@scenes_app.command("footage")
def scenes_footage(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SET",
            help="held-out: to report on; tuning: to tune trackers on; day: for `bench day`.",
        ),
    ],
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder of clips.")],
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
) -> None:
    """Render longer clips for `bench counting` and `bench day`, three cameras each; goes on where
    it ended."""
    from lamplighter_scenes.footage.counting_footage import SETS, render_footage

    log_progress()
    if name not in SETS:
        raise CommandError(f"no set {name!r}; there are {', '.join(SETS)}")
    for path in render_footage(name, traces, out):
        typer.echo(str(path))
