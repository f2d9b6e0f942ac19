"""What training under rounding gives back, over seeds, beside training in floats alone.

Of the parent, and of the same network with hard-swishes, which has no weights of its own: it is
fitted to the parent layer by layer and trained in floats first.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import torch
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import TENSORS
from torch import nn

from lamplighter_recipes.benchmarks.quantization.bench import Row, Setting, measured
from lamplighter_recipes.benchmarks.quantization.forms import BITS, STATIC, Form
from lamplighter_recipes.benchmarks.quantization.rounding import rounded
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.model_family import ModelFamily, find_family
from lamplighter_recipes.preparing.prepare import TrainRequest
from lamplighter_recipes.preparing.reconstruction import fit_convolutions
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.techniques.quantization.aware.quantize_aware import (
    QuantizeAwareConfig,
    quantize_aware,
    training_config,
)

FIT_BATCHES = 8
HARD_SWISH_STEPS = 2  # times the steps of the others: a network with other activations is new
PARENT, HARD_SWISH = "the parent", "with hard-swish"
CONFIG = QuantizeAwareConfig(bits=BITS)


@dataclass(frozen=True)
class Lesson:
    """How to train: on labelled folders, for so many steps, once a seed."""

    scenes: tuple[Path, ...]
    steps: int
    seeds: tuple[int, ...] = (0, 1, 2)


def bench_training(
    setting: Setting, lesson: Lesson, out: Path, progress: Callable[[str], None]
) -> list[Row]:
    """Rows of both networks in floats, rounded, trained and rounded, and trained under rounding.

    Raises:
        RecipeError: the parent is no detector, or weights or pictures cannot be used.
    """
    family = find_family(setting.family)
    parent = _detector(family.load(setting.parent, setting.folders.weights_dir))
    made = list(_makers(PARENT, parent, family, setting, lesson))
    twin = _kept_twin(parent, family, setting, lesson, out)
    made += _makers(HARD_SWISH, twin, family, setting, lesson)
    made.append(_in_floats(parent, family, setting, lesson))
    rows = []
    for name, makers in made:
        progress(name)
        rows.append(_row(name, makers, setting, out))
    return rows


def _kept_twin(
    parent: Detector, family: ModelFamily, setting: Setting, lesson: Lesson, out: Path
) -> Detector:
    """The twin that an earlier run has left in `out`, made where there is none."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{_file_name(HARD_SWISH)}.pt"
    twin = with_hard_swish(parent)
    if not path.exists():
        trained = fitted(twin, parent, _bench(family, setting, lesson, lesson.seeds[0]))
        torch.save(trained.state_dict(), path)
    twin.load_state_dict(torch.load(path, weights_only=True))
    return twin.eval()


def with_hard_swish(detector: Detector) -> Detector:
    """The same weights with hard-swishes in place of leaky ReLUs."""
    twin = copy.deepcopy(detector)
    for module in list(twin.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.LeakyReLU):
                setattr(module, name, nn.Hardswish())
    return twin


def fitted(twin: Detector, detector: Detector, bench: Workbench) -> Detector:
    """A twin fitted to its network and taught by it, in floats."""
    batches = bench.training.batches(bench.train, bench.train.seed)
    pictures = torch.cat([images for images, _ in islice(batches, FIT_BATCHES)])
    fit_convolutions(twin, detector, pictures)
    steps = HARD_SWISH_STEPS * int(bench.train.max_steps or 0)
    settings = replace(training_config(CONFIG, bench), max_steps=steps)
    return _detector(bench.run(twin.train(), settings, detector))


Made = tuple[Detector, dict[str, Any]]  # with what its card says
Makers = list[Callable[[], Made]]  # one a seed


def _makers(
    kind: str, start: Detector, family: ModelFamily, setting: Setting, lesson: Lesson
) -> Iterator[tuple[str, Makers]]:
    benches = [_bench(family, setting, lesson, seed) for seed in lesson.seeds]
    yield f"{kind}: 8-bit weights, calibrated", [lambda: (start, {})]
    yield f"{kind}: {BITS}-bit weights, calibrated", [lambda: (rounded(start, BITS), {})]
    yield (
        f"{kind}: {BITS}-bit weights, trained under rounding",
        [partial(_trained_under_rounding, start, bench) for bench in benches],
    )


def _in_floats(
    start: Detector, family: ModelFamily, setting: Setting, lesson: Lesson
) -> tuple[str, Makers]:
    """Whether it is the training or the rounding in it that helps."""
    benches = [_bench(family, setting, lesson, seed) for seed in lesson.seeds]
    return (
        f"{PARENT}: {BITS}-bit weights, trained in floats, then calibrated",
        [partial(_trained_in_floats, start, bench) for bench in benches],
    )


def _trained_in_floats(start: Detector, bench: Workbench) -> Made:
    student = copy.deepcopy(start).train()
    return rounded(_detector(bench.run(student, training_config(CONFIG, bench), start)), BITS), {}


def _trained_under_rounding(start: Detector, bench: Workbench) -> Made:
    return quantize_aware(start, CONFIG, bench), bench.facts


def _row(name: str, makers: Makers, setting: Setting, out: Path) -> Row:
    """Of all seeds; what an earlier run has left in `out` is not made again."""
    rows = []
    for number, make in enumerate(makers):
        folder = out / f"{_file_name(name)}-{number}"
        figures = folder / f"{setting.size}-{setting.frames}.json"
        if not figures.exists():
            if not (folder / f"{setting.parent}.json").exists():
                _write_graph(*make(), setting, folder)
            write_atomically(figures, [msgspec.json.encode(_measured(name, setting, folder))])
        rows.append(msgspec.json.decode(figures.read_bytes(), type=Row))
    qualities = tuple(quality for row in rows for quality in row.ap50)
    wire_bytes = round(sum(row.wire_bytes for row in rows) / len(rows))
    return replace(rows[0], ap50=qualities, wire_bytes=wire_bytes)


def _measured(name: str, setting: Setting, folder: Path) -> Row:
    folders = replace(setting.folders, weights_dir=folder, cache_dir=folder / "cache")
    row, _ = measured(Form(name, BASE_RUNTIME, (STATIC,)), setting, folder, folders)
    return row


def _write_graph(network: Detector, card: dict[str, Any], setting: Setting, folder: Path) -> None:
    """As a finished graph: a family saves activations of its own alone."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{setting.parent}.onnx"
    find_runtime(BASE_RUNTIME).export(network.eval(), target, TENSORS, [setting.size])
    write_atomically(folder / f"{setting.parent}.json", [json.dumps(card).encode()])


def _bench(family: ModelFamily, setting: Setting, lesson: Lesson, seed: int) -> Workbench:
    train = TrainConfig(
        max_steps=lesson.steps,
        seed=seed,
        threads=1,
        batch=CONFIG.batch,
        sizes=((*parse_size(setting.size), 1.0),),
    )
    folders = setting.folders
    recipe = Recipe(name="trained", family=setting.family, parent=setting.parent)
    request = TrainRequest(
        recipe, list(lesson.scenes), folders.weights_dir, folders.cache_dir, setting.parent
    )
    return Workbench(family, family.training(request), train, folders.weights_dir)


def _detector(network: nn.Module) -> Detector:
    if not isinstance(network, Detector):
        raise RecipeError("only detectors are trained by this benchmark", key="parent")
    return network.eval()


def _file_name(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text)
