"""`bench counting`: true against counted."""

from pathlib import Path
from typing import Annotated

import typer

from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.build_inputs import recipe_named
from lamplighter_cli.options import ExtraRecipes, MaterialsFolder, finite
from lamplighter_cli.progress import print_progress, report

CLIPS = Path("deploy/demo/clips")


def bench_counting(
    clips: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of clips with truth: see `scenes footage`."),
    ] = None,
    recipe: Annotated[
        list[str] | None, typer.Option(help="Recipes; default: int8-full. Empty: true boxes only.")
    ] = None,
    size: Annotated[list[str] | None, typer.Option(help="Sizes; default: 512x384.")] = None,
    fps: Annotated[
        list[float] | None,
        typer.Option(
            min=0.1, callback=finite, help="Frame rates; default: 12.5, 6.25, 4, 3 and 2."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where figures and kept boxes go.")
    ] = Path("build/counting"),
    page: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the tables to this page.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Draw the errors to this file.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Put the errors where plans look for them: a folder of weights.",
        ),
    ] = None,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Counts over lines beside what truly crossed, by operating point and frame rate."""
    from lamplighter_demo.benchmarks.counting import bench_counting as bench
    from lamplighter_demo.benchmarks.counting.detectors import build_detectors
    from lamplighter_demo.benchmarks.counting.expected_errors import count_figures
    from lamplighter_demo.benchmarks.counting.page import page as write_page
    from lamplighter_demo.benchmarks.counting.picture import draw
    from lamplighter_recipes.variants.count_figures import keep_counts

    names = ["int8-full"] if recipe is None else [name for name in recipe if name]
    chosen = {name: recipe_named(name, recipes) for name in names}
    detectors = build_detectors(chosen, materials_in(materials, out), out, print_progress)
    folders = clips or [CLIPS]
    footage = [
        path
        for folder in folders
        for path in sorted(folder.glob("*.mp4"))
        if "sample" not in path.stem
    ]
    rates = fps or list(bench.RATES_FPS)
    rows = bench.bench_counting(footage, detectors, size or ["512x384"], out, report, rates)
    text = write_page(rows)
    if page is not None:
        page.write_text(text)
    if picture is not None:
        draw(rows, picture)
    if keep is not None:
        variants = {detector.name: detector.card.id for detector in detectors}
        keep_counts(keep, count_figures(rows, variants))
    typer.echo(text)
