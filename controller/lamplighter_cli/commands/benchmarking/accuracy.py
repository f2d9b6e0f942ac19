"""`bench accuracy`: on streets that no training saw, and before cameras that nobody labelled."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lamplighter_cli.build_inputs import catalogue, recipe_named
from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.options import ExtraRecipes, MaterialsFolder
from lamplighter_cli.progress import report

if TYPE_CHECKING:
    from lamplighter_recipes.recipe.schema import Recipe
    from lamplighter_recipes.variants.identity import Materials

CLIPS = Path("deploy/demo/clips")


def bench_accuracy(
    sets: Annotated[
        Path, typer.Argument(help="Folder of the evaluation sets: see `scenes dataset`.")
    ],
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where figures and answers go.")
    ] = Path("build/accuracy"),
    page: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the tables to this page.")
    ] = None,
    recipe: Annotated[
        list[str] | None, typer.Option(help="Only these recipes; default: all for detection.")
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Keep the figures beside the weights, for plans.")
    ] = False,
    cameras: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="Leave each camera out in turn instead: write what was expected of it here.",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="With --cameras: draw expected against true here."),
    ] = None,
    clips: Annotated[
        Path, typer.Option(file_okay=False, help="With --cameras: clips with truth, as well.")
    ] = CLIPS,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Accuracy of recipes on streets that no training saw; goes on where it was stopped."""
    from lamplighter_recipes.benchmarks.accuracy import bench_accuracy as run_bench
    from lamplighter_recipes.benchmarks.accuracy import keep_streets
    from lamplighter_recipes.benchmarks.accuracy_page import page as write_page

    folders = materials_in(materials, out)
    chosen = {name: recipe_named(name, recipes) for name in recipe or catalogue(recipes)}
    if cameras is not None:
        _by_camera(sets, clips, out, chosen, folders, cameras, picture, keep=keep)
        return
    measured = run_bench(sets, out, chosen, folders, report)
    if keep:
        keep_streets(measured, folders.weights_dir)
    text = write_page(measured)
    if page is not None:
        page.write_text(text)
    typer.echo(text)


def _by_camera(
    sets: Path,
    clips: Path,
    out: Path,
    recipes: "dict[str, Recipe]",
    folders: "Materials",
    page: Path,
    picture: Path | None,
    *,
    keep: bool,
) -> None:
    from lamplighter_demo.city.clip_frames import write_frames
    from lamplighter_recipes.benchmarks.accuracy import SHIPPED, folders_of
    from lamplighter_recipes.benchmarks.cameras.bench import bench_cameras
    from lamplighter_recipes.benchmarks.cameras.page import page as write_page
    from lamplighter_recipes.benchmarks.cameras.picture import draw

    places = dict(folders_of(sets))
    footage = [path for path in sorted(clips.glob("*.mp4")) if "sample" not in path.stem]
    if footage:
        places[SHIPPED] = write_frames(footage, out / "clips")
    measured = bench_cameras(places, out, recipes, folders, report, keep=keep)
    text = write_page(measured.rows, measured.reference)
    page.write_text(text)
    if picture is not None:
        draw(measured.rows, picture)
    typer.echo(text)
