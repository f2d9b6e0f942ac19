"""Commands that measure: one for each benchmark of docs/reference/benchmarks.md."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from lamplighter_cli.build_inputs import catalogue, own_subject, recipe_named
from lamplighter_cli.build_inputs import materials as materials_in
from lamplighter_cli.options import ExtraRecipes, MaterialsFolder, WorkFolder, finite, group
from lamplighter_cli.output import show_json
from lamplighter_cli.progress import print_progress, report

bench_app = group("Benchmarks.")
Clips = Annotated[Path, typer.Option(help="Folder of the demo's clips.")]
CLIPS = Path("deploy/demo/clips")


@bench_app.command("agent")
def bench_agent(
    recipe: Annotated[str, typer.Option(help="Recipe of the model that the agent serves.")] = (
        "fp32-full"
    ),
    clip: Annotated[Path, typer.Option(help="Clip to serve it on.")] = Path(
        "deploy/demo/clips/south-arm-midday-rain.mp4"
    ),
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the variant is built.")] = Path(
        "build/bench"
    ),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """The agent's loop beside a bare onnxruntime loop, in a process of its own."""
    from lamplighter_recipes.building.build import specialise

    folders = materials_in(materials, out)
    built = specialise(
        recipe_named(recipe, recipes), folders, out / recipe, progress=print_progress
    )
    # The agent is a program of its own: the controller never imports it.
    module = "lamplighter_agent.benchmark.overhead"
    decoder = msgspec.json.encode(built.card.decoder).decode()
    command = [sys.executable, "-m", module, str(built.artifact), str(clip), "--decoder", decoder]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@bench_app.command("onboarding")
def bench_onboarding(
    devices: Annotated[int, typer.Option(min=1, help="How many new devices.")] = 10,
    folder: WorkFolder = Path("var/onboarding"),
    clips: Clips = CLIPS,
) -> None:
    """Seconds from a new device's first words to a verified variant that serves."""
    from lamplighter_demo.benchmarks.onboarding import bench_onboarding as run_bench

    show_json(run_bench(folder.resolve(), clips, devices, report))


@bench_app.command("recompression")
def bench_recompression(
    runs: Annotated[int, typer.Option(min=1, help="How many changes of the street.")] = 12,
    folder: WorkFolder = Path("var/recompression"),
    clips: Clips = CLIPS,
) -> None:
    """Seconds from a change of the street to a newly built variant that serves."""
    from lamplighter_demo.benchmarks.recompression import bench_recompression as run_bench

    show_json(run_bench(folder.resolve(), clips, runs, report))


@bench_app.command("builds")
def bench_builds(
    names: Annotated[
        list[str] | None, typer.Argument(help="Recipes; default: all for detection.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Builds of each recipe.")] = 10,
    folder: Annotated[Path, typer.Option(file_okay=False, help="Working folder.")] = Path(
        "build/bench/builds"
    ),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Seconds from asking the workshop for a variant to one that is ready to send."""
    from lamplighter_demo.benchmarks.building.builds import bench_builds as run_bench

    folders = materials_in(materials, folder)
    chosen = [recipe_named(name, recipes) for name in names or catalogue(recipes)]
    show_json(run_bench(folder.resolve(), chosen, folders, runs, report))


@bench_app.command("transfer")
def bench_transfer(
    devices: Annotated[int, typer.Option(min=1, help="How many devices.")] = 100,
    chunks: Annotated[int, typer.Option(min=1, help="How many chunks of 64 KiB.")] = 80,
    spread_s: Annotated[float, typer.Option(help="Seconds from first to last to begin.")] = 0.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often, in turns.")] = 3,
    folder: WorkFolder = Path("var/transfer"),
) -> None:
    """Chunks to many devices, beside a bare broadcast by the same broker.

    Whole chunks of noise: what a delta saves is measured by bench updates.
    """
    from lamplighter_demo.benchmarks.transfer.run import bench_transfer as run_bench

    show_json(run_bench(folder.resolve(), devices, chunks, spread_s, rounds, report))


@bench_app.command("updates")
def bench_updates(
    floats: Annotated[str, typer.Option(help="Recipe in floats.")] = "p50",
    integers: Annotated[str, typer.Option(help="The same in 8 bits.")] = "int8-p50",
    updated: Annotated[Path | None, typer.Option(help="Weights, trained on.")] = None,
    folder: WorkFolder = Path("var/updates"),
    materials: MaterialsFolder = None,
) -> None:
    """Bytes of a variant for a device that holds another of its parent, or of one before it.

    As the delta that is sent, beside whole chunks.
    """
    from lamplighter_demo.benchmarks.transfer.updates import bench_updates as run_bench

    work = folder.resolve()
    pair = recipe_named(floats, None), recipe_named(integers, None)
    chosen = None if updated is None else (updated.resolve().parent, updated.stem)
    show_json(run_bench(work / "work", pair, materials_in(materials, work), chosen, report))


@bench_app.command("controller")
def bench_controller(
    folder: WorkFolder = Path("var/controller"),
    database: Annotated[
        str, typer.Option(help="URL of an empty database; default: SQLite in the folder.")
    ] = "",
) -> None:
    """What telemetry, plans and sums over the fleet cost the controller."""
    from lamplighter_demo.benchmarks.controller import bench_controller as run_bench

    show_json(run_bench(folder.resolve(), report, database))


@bench_app.command("streaming")
def bench_streaming(
    recipe: Annotated[
        list[str] | None, typer.Option(help="Recipes; default: int8-full and int8-p50.")
    ] = None,
    size: Annotated[
        list[str] | None, typer.Option(help="Sizes; default: 384x288 and 512x384.")
    ] = None,
    camera: Annotated[str, typer.Option(help="Whose clips; empty: all.")] = "south-arm",
    slower: Annotated[
        list[float] | None,
        typer.Option(
            callback=finite,
            help="How many times slower than this core a device is; default: 1 and 10.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(file_okay=False, help="Where variants are built.")] = Path(
        "build/bench"
    ),
    clips: Clips = CLIPS,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Accuracy over every frame of a camera, by operating point and frame rate."""
    from lamplighter_demo.benchmarks.streaming import bench_streaming as run_bench
    from lamplighter_demo.benchmarks.streaming import table
    from lamplighter_recipes.building.build import specialise
    from lamplighter_recipes.variants.figures import VariantCard

    folders, artifacts = materials_in(materials, out), {}
    for name in recipe or ["int8-full", "int8-p50"]:
        chosen = recipe_named(name, recipes)
        known = VariantCard(id="")  # its accuracy on pictures is not asked for
        built = specialise(chosen, folders, out / name, known=known, progress=print_progress)
        artifacts[name] = (built.artifact, chosen.runtime, built.card.decoder)
    footage = sorted(path for path in clips.glob(f"{camera}*.mp4") if "sample" not in path.stem)
    sizes = size or ["384x288", "512x384"]
    typer.echo(table(run_bench(artifacts, sizes, footage, slower or [1.0, 10.0], report)))


@bench_app.command("delivery")
def bench_delivery(
    names: Annotated[list[str] | None, typer.Argument(help="Recipes; default: all.")] = None,
    folder: Annotated[Path, typer.Option(file_okay=False, help="Working folder.")] = Path(
        "build/bench/delivery"
    ),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Bytes that a device fetches: plain, packed, and after a recalibration."""
    from lamplighter_demo.benchmarks.building.delivery import bench_delivery as run_bench

    folders = materials_in(materials, folder)
    chosen = [recipe_named(name, recipes) for name in names or catalogue(recipes)]
    show_json(run_bench(folder, chosen, folders, report))


@bench_app.command("sites")
def bench_sites(
    out: Annotated[Path, typer.Option(file_okay=False, help="Pictures, parents and table.")] = Path(
        "build/sites"
    ),
    traces: Annotated[Path, typer.Option(help="Folder of traces.")] = Path("deploy/demo/traces"),
    small: Annotated[str, typer.Option(help="Recipe of the network that is specialised.")] = (
        "litert-int8-p50"
    ),
    large: Annotated[str, typer.Option(help="Recipe of the network that it is set beside.")] = (
        "litert-int8-full"
    ),
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """What a parent of its own gains a camera that no training saw; goes on where it ended."""
    from lamplighter_demo.benchmarks.sites.bench_sites import SiteBench
    from lamplighter_demo.benchmarks.sites.bench_sites import bench_sites as run_bench

    out.mkdir(parents=True, exist_ok=True)
    networks = recipe_named(small, recipes), recipe_named(large, recipes)
    bench = SiteBench(*networks, materials_in(materials, out), traces, out, report)
    typer.echo(run_bench(bench).read_text())


@bench_app.command("envelopes")
def bench_envelopes(
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where measurements, table and picture go.")
    ] = Path("build/envelopes"),
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each operating point.")] = 20,
    clip: Annotated[Path, typer.Option(help="Clip whose frames are run.")] = (
        CLIPS / "east-arm-midday-rain.mp4"
    ),
    measured: Annotated[
        Path | None,
        typer.Option(
            exists=True, help="Measurements of an earlier run: compute the figures anew from these."
        ),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            exists=True,
            help="Folder of a run of `bench sites`: what parents of single sites add.",
        ),
    ] = None,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """What choosing gains on six kinds of devices, and how good predictions are; can go on."""
    from lamplighter_demo.benchmarks.envelopes import bench_envelopes as bench
    from lamplighter_demo.benchmarks.sites.site_table import read_cameras

    cameras = read_cameras(sites) if sites else []
    if measured is None:
        folders = materials_in(materials, out)
        measurements = bench.measure_envelopes(
            out, catalogue(recipes), folders, clip.resolve(), rounds, report
        )
    else:
        measurements = bench.read_measurements(measured)
    typer.echo(bench.write_figures(measurements, out, cameras))


@bench_app.command("variants")
def bench_variants(
    out: Annotated[Path, typer.Option(file_okay=False, help="Where table and picture go.")] = Path(
        "build/bench"
    ),
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each variant.")] = 60,
    recipe: Annotated[
        list[str] | None, typer.Option(help="Only these recipes; default: all for detection.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Beside all other tools that are installed, and tuned.")
    ] = False,
    model: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a model of your own, as `model add` makes it: beside them."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="Write the table to this page, its picture to ../images."
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Keep figures and ranges beside the weights, for plans and builds.")
    ] = False,
    materials: MaterialsFolder = None,
    recipes: ExtraRecipes = None,
) -> None:
    """Latency, size, bytes, memory and accuracy of recipes, beside onnxruntime's own defaults."""
    from lamplighter_recipes.benchmarks.variants.baselines import BASELINES, DEFAULTS
    from lamplighter_recipes.benchmarks.variants.bench_variants import bench_variants as run_bench
    from lamplighter_recipes.benchmarks.variants.keeping import TABLE, keep_known, write_page

    folders = materials_in(materials, out)
    chosen = {name: recipe_named(name, recipes) for name in recipe or catalogue(recipes)}
    own = [own_subject(folder, folders.cache_dir) for folder in model or []]
    run_bench(out, chosen, folders, rounds, report, BASELINES if every else DEFAULTS, own)
    if keep:
        keep_known(out, folders.weights_dir)
    if page:
        write_page(out, page)
    typer.echo((out / TABLE).read_text())


@bench_app.command("sparsity")
def bench_sparsity(
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where the variants are built.")
    ] = Path("build/sparsity"),
    recipe: Annotated[
        list[str], typer.Option(help="Recipes that the sparse parent is built by.")
    ] = ["fp32-full", "int8-full"],  # noqa: B006 - typer copies it
    frames: Annotated[
        int, typer.Option(min=1, help="Frames that the accuracy is measured on.")
    ] = 120,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each variant.")] = 40,
    materials: MaterialsFolder = None,
) -> None:
    """Bytes, processor time and accuracy of a parent whose weights are zero in part."""
    from lamplighter_recipes.benchmarks.sparsity import bench_sparsity as run_bench
    from lamplighter_recipes.benchmarks.sparsity import table

    recipes = {name: recipe_named(name, None) for name in recipe}
    rows = run_bench(recipes, materials_in(materials, out), out, frames=frames, rounds=rounds)
    typer.echo(table(rows))


@bench_app.command("quantization")
def bench_quantization(
    parent: Annotated[str, typer.Option(help="What is quantized.")] = "nanodet-p50",
    size: Annotated[str, typer.Option(help="Of the pictures.")] = "384x288",
    frames: Annotated[
        int, typer.Option(min=1, help="Frames that the accuracy is measured on.")
    ] = 120,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each form.")] = 40,
    scenes: Annotated[
        list[Path], typer.Option(help="Labelled folders to train 4-bit weights on; none: not.")
    ] = [],  # noqa: B006 - typer copies it
    steps: Annotated[int, typer.Option(min=1, help="Of each training.")] = 100,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each kind.")] = 3,
    out: Annotated[
        Path,
        typer.Option(
            file_okay=False, help="Where trained networks are kept; a further run goes on."
        ),
    ] = Path("build/quantization"),
    page: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Page of the documentation to write.")
    ] = None,
    materials: MaterialsFolder = None,
) -> None:
    """What each way to quantize a parent buys, and training under rounding over seeds."""
    from lamplighter_recipes.benchmarks.quantization import bench, trained
    from lamplighter_recipes.benchmarks.quantization.page import page as written

    setting = bench.Setting(materials_in(materials, out), parent, size=size, frames=frames)
    lesson = trained.Lesson(tuple(scenes), steps, tuple(range(seeds)))
    taught = trained.bench_training(setting, lesson, out, report) if scenes else []
    rows = bench.bench_quantization(setting, rounds, report)
    text = written(rows, taught, setting, steps)
    if page is not None:
        page.write_text(text)
    typer.echo(text)
