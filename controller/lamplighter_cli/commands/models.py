"""Commands on models and variants, and those that add users' own models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from lamplighter_client import endpoints

from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.columns import MODEL_COLUMNS, VARIANT_COLUMNS
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import (
    Data,
    ExtraRecipes,
    Json,
    MaterialsFolder,
    Token,
    Url,
    client,
    default_data_dir,
    group,
)
from lamplighter_cli.output import show_json, show_rows
from lamplighter_cli.progress import print_progress, report

if TYPE_CHECKING:
    from lamplighter_recipes.own_models.add import Added

WORKSHOP = "workshop"  # the controller's cache, in its data directory
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", file_okay=False, help="Data directory of the controller; default: var."
    ),
]
model_app = group("Models.")
variant_app = group("Variants.")


@model_app.command("list")
def model_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Models with their recipes."""
    models = client(data, url, token).send(endpoints.models())
    show_rows(models, MODEL_COLUMNS, as_json)


@model_app.command("show")
def model_show(
    model: Annotated[str, typer.Argument(help="Model id.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """The variants of one model, built or possible."""
    variants = client(data, url, token).send(endpoints.variants())
    variants = [variant for variant in variants if variant.model == model]
    if not variants:
        raise CommandError(f"no model {model!r}; see: lamplighter model list")
    show_rows(variants, VARIANT_COLUMNS, as_json)


@variant_app.command("list")
def variant_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Everything that is built or could be."""
    variants = client(data, url, token).send(endpoints.variants())
    show_rows(variants, VARIANT_COLUMNS, as_json)


@model_app.command("add")
def model_add(
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
    source: Annotated[
        str, typer.Argument(help=".onnx, .tflite or .pt2 file, or MODULE:FUNCTION of PyTorch.")
    ],
    task: Annotated[str, typer.Option(help="detection, classification, or either with :NAME.")],
    data: Annotated[
        str, typer.Option(help="COCO folder, folder of class folders, or MODULE:FUNCTION.")
    ],
    licence: Annotated[str, typer.Option(help="Licence of the model, for the record.")] = "",
    decoder: Annotated[
        str, typer.Option(help="Of boxes: after-nms, detections, yolo, ssd or distances.")
    ] = "",
    classes: Annotated[
        str, typer.Option(help="Of the network: a file, names between commas, coco, or a number.")
    ] = "",
    rename: Annotated[
        list[str] | None, typer.Option(help="CLASS=ANSWER of the network's or the data's classes.")
    ] = None,
    outputs: Annotated[
        list[str] | None, typer.Option(help="ROLE=NAME: which output is what the decoder reads.")
    ] = None,
    size: Annotated[
        list[str] | None, typer.Option(help="Input size as 640x480, the main one first.")
    ] = None,
    layout: Annotated[str, typer.Option(help="nchw or nhwc, where the shape does not say.")] = "",
    channels: Annotated[str, typer.Option(help="rgb or bgr.")] = "rgb",
    mean: Annotated[str, typer.Option(help="Of the input, 0 to 255: one, or one a channel.")] = "0",
    std: Annotated[str, typer.Option(help="What levels less the mean are divided by.")] = "1",
    box: Annotated[str, typer.Option(help="xyxy, yxyx, xywh or yxhw (the last two: centre).")] = "",
    unit: Annotated[str, typer.Option(help="Of boxes: pixels, fractions or strides.")] = "",
    activation: Annotated[str, typer.Option(help="What scores need: sigmoid or softmax.")] = "",
    objectness: Annotated[bool, typer.Option(help="Rows of yolo hold an objectness.")] = False,
    strides: Annotated[str, typer.Option(help="Of the feature maps, as 8,16,32.")] = "",
    anchors: Annotated[Path | None, typer.Option(help="TOML file on an SSD's anchors.")] = None,
    annotations: Annotated[Path | None, typer.Option(help="The COCO file, of several.")] = None,
    pictures: Annotated[int, typer.Option(help="Most pictures of each part of the data.")] = 300,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what stands in the way.")
    ] = False,
    data_dir: DataDir = None,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
    as_json: Json = False,
) -> None:
    """Add a model of your own: checked first, then there as a whole or not at all."""
    from lamplighter_recipes.own_models.add import add_model
    from lamplighter_recipes.own_models.preflight import preflight
    from lamplighter_recipes.own_models.request import AddRequest

    folder = data_dir or default_data_dir()
    request = AddRequest(
        name=name,
        source=source,
        task=task,
        data=data,
        licence=licence,
        decoder=decoder,
        classes=classes,
        rename=_pairs(rename, "--rename"),
        outputs=_pairs(outputs, "--outputs"),
        sizes=tuple(size or ()),
        layout=layout,
        channels=channels,
        mean=_numbers(mean, "--mean"),
        std=_numbers(std, "--std"),
        box=box,
        unit=unit,
        activation=activation,
        objectness=objectness,
        strides=_whole_numbers(strides, "--strides"),
        anchors=anchors,
        annotations=annotations,
        pictures=pictures,
        **_surroundings(task, folder, materials, recipes),
    )
    if check:
        preflight(request)
        report("nothing stands in the way")
        return
    added = add_model(request, print_progress)
    model = added.model
    noted = {"task": model.task, "runtime": model.runtime, "licence": model.licence}
    _note(folder, "add_model", name, noted | {"accuracy": model.accuracy})
    _show_added(added, as_json)


@model_app.command("remove")
def model_remove(
    name: Annotated[str, typer.Argument(help="Name of an added model.")], data_dir: DataDir = None
) -> None:
    """Offer it no longer; what devices serve of it they go on serving until their next plan."""
    from lamplighter_recipes.own_models.shelf import MODELS, remove_model

    folder = data_dir or default_data_dir()
    remove_model(folder / MODELS, name)
    _note(folder, "remove_model", name)
    typer.echo(f"{name} is removed")


def _note(folder: Path, operation: str, model: str, after: dict[str, Any] | None = None) -> None:
    """In the audit log; what is done is done where that cannot be, and says so."""
    from lamplighter_controller.settings import load_settings
    from lamplighter_controller.wiring.local_audit import note_locally

    settings = load_settings(overrides={"data_dir": folder})
    if why := note_locally(settings, operation, f"model:{model}", after):
        report(f"not in the audit log: {why}")


def _surroundings(
    task: str, data_dir: Path, materials: Path | None, recipes: Path | None
) -> dict[str, Any]:
    """Where it goes, which names are taken, and what detectors are judged on."""
    from lamplighter_controller.workshop.material_sets import MaterialSets, has_labels
    from lamplighter_recipes.own_models.options import task_name
    from lamplighter_recipes.own_models.shelf import MODELS
    from lamplighter_wire.tasks.detection import DETECTION

    city = materials_in(materials, data_dir)
    known = MaterialSets(city, recipes, data_dir / MODELS).recipes().values()
    is_judged = task_name(task) == DETECTION.name and has_labels(city)
    return {
        "models_dir": data_dir.resolve() / MODELS,
        "cache_dir": data_dir.resolve() / WORKSHOP,
        "taken": frozenset(word for r in known for word in (r.name, r.parent, r.model)),
        "judged_on": city.evaluation_dir if is_judged else None,
    }


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts or []]
    if not all(key and sign and value for key, sign, value in pairs):
        raise CommandError(f"{option}: write it as in NAME=VALUE")
    return {key: value for key, _, value in pairs}


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part)
    except ValueError as error:
        raise CommandError(f"{option}: {text!r} is no list of numbers such as 8,16,32") from error


def _whole_numbers(text: str, option: str) -> tuple[int, ...]:
    numbers = _numbers(text, option)
    if not all(number.is_integer() for number in numbers):
        raise CommandError(f"{option}: {text!r} is no list of whole numbers such as 8,16,32")
    return tuple(map(int, numbers))


def _show_added(added: "Added", as_json: bool) -> None:
    if as_json:
        show_json(added.model)
        return
    model = added.model
    for reason, count in added.left_out.items():
        typer.echo(f"left out   {count}x {reason}")
    sizes = ", ".join(f"{value:.3f} at {size}" for size, value in model.accuracy.items())
    typer.echo(f"{model.name}: {model.task}, {model.runtime}, {model.licence}")
    typer.echo(f"accuracy   {sizes} on {model.pictures['evaluation']} pictures of its data")
    for runtime, reason in added.impossible.items():
        typer.echo(f"not for    {runtime}: {reason.splitlines()[0]}")
    typer.echo(f"recipes    {', '.join(added.recipes)}")
    typer.echo(f"added in {added.seconds:.1f} s; a running controller offers it from now on")
