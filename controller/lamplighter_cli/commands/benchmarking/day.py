"""`bench gate` and `bench day`: what counts cost, and what saves of it."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.build_inputs import catalogue, recipe_named
from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.errors import CommandError
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
    """Frames that a network is spared while nothing moves, the counts that this costs, and how much
    of its picture a camera's lines need."""
    from lamplighter_demo.benchmarks.day.bench_gate import bench_gate as run_bench
    from lamplighter_demo.benchmarks.day.bench_gate import gate_table
    from lamplighter_demo.benchmarks.day.networks import build_networks
    from lamplighter_demo.benchmarks.day.region import region_table

    footage = [
        path.resolve()
        for folder in clips or [CLIPS]
        for path in sorted(folder.glob("*.mp4"))
        if "sample" not in path.stem
    ]
    if not footage:
        raise CommandError("there are no clips: make some by `lamplighter scenes footage`")
    chosen = {recipe: recipe_named(recipe, recipes)}
    network = build_networks(chosen, materials_in(materials, out), out, print_progress)[recipe]
    typer.echo(gate_table(run_bench(footage, network, size, out.resolve(), report)))
    typer.echo(region_table(footage))


def bench_day(
    clips: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of the day's clips: the shipped ones', and that of"
            " `scenes footage day`; default: the first, and data/day."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where all that is made and measured is kept.")
    ] = Path("build/day"),
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
    page: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the tables to this page.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Draw the figures to this file.")
    ] = None,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """What a day of counting costs six devices, and what each factor saves; can go on."""
    from lamplighter_demo.benchmarks.day.bench_day import DayBench
    from lamplighter_demo.benchmarks.day.bench_day import bench_day as run_bench
    from lamplighter_demo.benchmarks.day.day_page import day_page, draw_day
    from lamplighter_demo.benchmarks.day.site_networks import Workplace

    place = Workplace(materials_in(materials, out), traces, out.resolve())
    folders = clips or [CLIPS, Path("data/day")]
    figures = run_bench(DayBench(catalogue(recipes), place, folders, report))
    text = day_page(figures)
    if page is not None:
        page.write_text(text)
    if picture is not None:
        draw_day(figures, picture)
    typer.echo(text)
