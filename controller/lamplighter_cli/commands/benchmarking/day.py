"""`bench gate` and `bench day`: what counts cost, and what saves of it."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.build_inputs import recipe_named
from lamplighter_cli.options import ExtraRecipes, MaterialsFolder
from lamplighter_cli.progress import print_progress, report

CLIPS = Path("deploy/demo/clips")


def bench_gate(
    clips: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of clips with truth: see `scenes footage`."),
    ] = None,
    recipe: Annotated[str, typer.Option(help="Recipe of the network.")] = "int8-p50",
    size: Annotated[str, typer.Option(help="Size that it is served at.")] = "512x384",
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where figures and kept replays go.")
    ] = Path("build/gate"),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Frames that a network is spared while nothing moves, and the counts that this costs."""
    from lamplighter_demo.benchmarks.day.bench_gate import bench_gate as run_bench
    from lamplighter_demo.benchmarks.day.bench_gate import gate_table
    from lamplighter_demo.benchmarks.day.networks import build_networks

    chosen = {recipe: recipe_named(recipe, recipes)}
    network = build_networks(chosen, materials_in(materials, out), out, print_progress)[recipe]
    footage = [
        path.resolve()
        for folder in clips or [CLIPS]
        for path in sorted(folder.glob("*.mp4"))
        if "sample" not in path.stem
    ]
    typer.echo(gate_table(run_bench(footage, network, size, out.resolve(), report)))
