"""`bench speeds`: true against measured."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.build_inputs import recipe_named
from lamplighter_cli.options import ExtraRecipes, MaterialsFolder, finite
from lamplighter_cli.progress import print_progress

CLIPS, TRACES = Path("deploy/demo/clips"), Path("deploy/demo/traces")


def bench_speeds(
    clips: Annotated[
        Path, typer.Argument(file_okay=False, help="Folder of the demo day's clips.")
    ] = CLIPS,
    traces: Annotated[
        Path, typer.Option(file_okay=False, help="Folder of the traces that they were made of.")
    ] = TRACES,
    recipe: Annotated[
        list[str] | None, typer.Option(help="Recipes; default: none, true boxes only.")
    ] = None,
    size: Annotated[list[str] | None, typer.Option(help="Sizes; default: 512x384.")] = None,
    fps: Annotated[
        list[float] | None,
        typer.Option(min=0.1, callback=finite, help="Frame rates; default: 12.5, 6.25 and 4."),
    ] = None,
    out: Annotated[Path, typer.Option(file_okay=False, help="Where kept boxes go.")] = Path(
        "build/counting"
    ),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Speeds between two lines beside those that were driven, by boxes and frame rate."""
    from lamplighter_demo.benchmarks.counting import speeds
    from lamplighter_demo.benchmarks.counting.detectors import build_detectors

    chosen = {name: recipe_named(name, recipes) for name in recipe or () if name}
    detectors = build_detectors(chosen, materials_in(materials, out), out, print_progress)
    rates = fps or list(speeds.RATES_FPS)
    rows = speeds.bench_speeds(clips, traces, detectors, size or ["512x384"], out, rates)
    typer.echo(speeds.page(rows), nl=False)
