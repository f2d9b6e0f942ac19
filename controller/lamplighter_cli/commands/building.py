"""Commands that train, compress and evaluate on this machine, without a controller."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_wire.tasks.registry import find_task

from lamplighter_cli.build_inputs import layer_rates, recipe_named
from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.commands.street.labelled import evaluate_device, show_expected
from lamplighter_cli.errors import CommandError
from lamplighter_cli.foreign_output import LIBRARIES_LOG, foreign_output_to
from lamplighter_cli.options import Data, ExtraRecipes, Json, MaterialsFolder, Token, Url, client
from lamplighter_cli.output import Column, show_json, show_rows
from lamplighter_cli.progress import log_progress, print_progress

if TYPE_CHECKING:
    from lamplighter_recipes.variants.figures import VariantCard

Place = tuple[str, str]
"""Size ("384x288") and regime."""
Intervals = Mapping[str, Mapping[str, tuple[float, float]]]


def train(
    recipe: Annotated[str, typer.Argument(help="Recipe whose prepare steps are carried out.")],
    scenes: Annotated[
        list[Path],
        typer.Option(exists=True, file_okay=False, help="Folders of labelled pictures."),
    ],
    weights: Annotated[
        Path,
        typer.Option(
            file_okay=False, help="Folder of parents: what is begun with, and what comes."
        ),
    ] = Path("weights"),
    cache: Annotated[Path, typer.Option(file_okay=False, help="Folder for downloads.")] = Path(
        ".cache"
    ),
    start: Annotated[
        str, typer.Option(help="Name of a parent; else what networks of the family begin with.")
    ] = "",
    start_archive: Annotated[
        Path | None, typer.Option(help="The start's npm package, if it is on disk.")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder for the thresholds.")
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder for the accuracy table."),
    ] = None,
    video: Annotated[list[Path] | None, typer.Option(help="Real video to mix in.")] = None,
    real_labels: Annotated[
        Path | None, typer.Option(help="Hand-made boxes on frames of the videos, for the card.")
    ] = None,
    recipes: ExtraRecipes = None,
    probe: Annotated[
        Path | None, typer.Option(help="A device's probe: prune for what layers cost there.")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**32 - 1, help="Seed of the order, the changes and the start."),
    ] = 0,
    threads: Annotated[
        int, typer.Option(min=0, max=1024, help="CPU threads; 0 leaves it to torch.")
    ] = 0,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Steps of each training, in place of its minutes: no clock decides."
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(dir_okay=False, help="File to go on from after an interruption.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the parent's weights if they are there.")
    ] = False,
) -> None:
    """Train a parent as its recipe says."""
    from lamplighter_recipes.preparing.batches import TrainConfig
    from lamplighter_recipes.preparing.prepare import TrainRequest, train_command

    log_progress()
    chosen = recipe_named(recipe, recipes)
    there = weights / f"{chosen.parent}.safetensors"
    if there.exists() and not replace:
        raise CommandError(f"{there} is there already; say --replace, or name another --weights")
    request = TrainRequest(
        recipe=chosen,
        scenes=scenes,
        weights_dir=weights,
        cache_dir=cache,
        start=start,
        validation=validation,
        test=test,
        videos=video or [],
        real_labels=real_labels,
        start_archive=start_archive,
        train=TrainConfig(seed=seed, threads=threads, max_steps=steps, checkpoint=checkpoint),
        command=shlex.join(["lamplighter", *sys.argv[1:]]),
        rates=layer_rates(probe, chosen),
    )
    typer.echo(str(train_command(request)))


def compress(
    model: Annotated[str, typer.Argument(help="Model, for instance nanodet.")],
    recipe: Annotated[str, typer.Argument(help="Recipe name.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the variant goes.")] = Path(
        "build/variants"
    ),
    materials: MaterialsFolder = None,
    as_json: Json = False,  # noqa: ARG001 - it is JSON either way
    recipes: ExtraRecipes = None,
) -> None:
    """Build one variant here and measure its accuracy in full."""
    from lamplighter_recipes.building.build import specialise

    chosen = recipe_named(recipe, recipes)
    if chosen.model != model:
        raise CommandError(
            f"recipe {recipe!r} is for model {chosen.model!r}, not {model!r};"
            f" run: lamplighter compress {chosen.model} {recipe}"
        )
    folders = materials_in(materials, out)
    with foreign_output_to(out / LIBRARIES_LOG):
        built = specialise(chosen, folders, out / recipe, each_step=True, progress=print_progress)
    show_json(built.card)
    typer.echo(str(built.artifact), err=True)


def evaluate(
    variant: Annotated[
        str,
        typer.Argument(help="Recipe of a variant made by `compress`; with --labels a device's id."),
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the variant lies.")] = Path(
        "build/variants"
    ),
    materials: MaterialsFolder = None,
    as_json: Json = False,
    recipes: ExtraRecipes = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="Measure what a device holds on these pictures of its cameras, and plan by that:"
            " a COCO file, its folder, or a clip with its truth.",
        ),
    ] = None,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Accuracy per size and regime of a recipe's variant; builds it when it is not there.

    With --labels: of all variants that a device holds, on labelled pictures of its own cameras;
    plans for it go by them before anything else.
    """
    from lamplighter_recipes.building.build import specialise

    if labels is not None:
        folders = materials_in(materials, out)
        connected = client(data, url, token)
        told = evaluate_device(connected, variant, labels, out, folders, recipes)
        show_json(told) if as_json else show_expected(told)
        return

    recipe = recipe_named(variant, recipes)
    folders = materials_in(materials, out)
    with foreign_output_to(out / LIBRARIES_LOG):
        card = specialise(recipe, folders, out / variant, progress=print_progress).card
    if as_json:
        tables = (
            "expected_ap50",
            "measured_ap50",
            "ap50_interval",
            "headline_interval",
            "gain_interval",
            "class_map50",
        )
        show_json({name: getattr(card, name) for name in tables})
        return
    places = [(size, regime) for size, table in card.measured_ap50.items() for regime in table]
    show_rows(places, _accuracy_columns(card), as_json=False)


def _accuracy_columns(card: "VariantCard") -> tuple[Column[Place], ...]:
    return (
        Column("SIZE", lambda place: place[0]),
        Column("REGIME", lambda place: place[1]),
        Column(
            find_task(card.task).metric.upper(),
            lambda place: card.measured_ap50[place[0]][place[1]],
        ),
        Column("INTERVAL", lambda place: _interval(card.ap50_interval, place)),
        Column("BY CLASS", lambda place: card.class_map50.get(place[0], {}).get(place[1])),
        Column("EXPECTED", lambda place: card.expected_ap50[place[0]][place[1]]),
        Column("BESIDE PARENT", lambda place: _interval(card.gain_interval, place, "+.3f")),
    )


def _interval(table: Intervals, place: Place, style: str = ".3f") -> str:
    low, high = table[place[0]][place[1]]
    return f"{low:{style}} to {high:{style}}"
