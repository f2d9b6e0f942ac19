"""What it saves to decode only hopeful cells, outside of the graph: both ways, in turns.

    python -m tests.benchmarks.decoding [PARENT ...]

A picture with its decoding, processor time on one thread; the ratio is the median over pairs.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from lamplighter_recipes.building.calibration import pictures
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.openvino.model_files import read_model, write_model
from lamplighter_recipes.runtimes.openvino.quantization import quantize_model
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR, DetectionEvaluator
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.rules.sizes import parse_size

DEMO = Path("deploy/demo")
PARENTS = ("nanodet-full", "nanodet-p50")
SIZE, THRESHOLD, CALIBRATED_ON, SHOWN, ROUNDS, WARM_UP = "384x288", 0.3, 24, 12, 150, 5
HEAD = "| parent | runtime | in the graph, ms | outside, ms | ratio |"
Way = Callable[[np.ndarray], object]


def artifacts(runtime: str, floats: Path, tensors: object, folder: Path) -> Iterator[tuple]:
    """What the runtime serves, by precision."""
    code = find_runtime(runtime)
    shown = list(pictures(load_frames(DEMO / "calibration").spread(CALIBRATED_ON), [SIZE]))
    yield "fp32", floats
    target = folder / "int8"
    if runtime == "openvino":
        write_model(read_model(floats), folder / "bf16", "bf16", half_weights=True)
        yield "bf16", folder / "bf16"
        quantize_model(read_model(floats), target, shown)
    elif runtime == "litert":
        quantize_artifact(floats, target, code.measure_ranges(floats, tensors, shown))
    else:
        quantize_graph(floats, target, code.measure_ranges(floats, tensors, shown), "u8")
    yield "int8", target


def way(evaluator: DetectionEvaluator, infer: Infer) -> Way:
    """A picture [1, H, W, 3] to boxes."""

    def run(picture: np.ndarray) -> object:
        outputs = {name: values[0] for name, values in infer(picture).items()}
        return evaluator.task.decode(outputs, *parse_size(SIZE), {ANY: THRESHOLD})

    return run


def ways(parent: str, runtime: str, folder: Path) -> dict[str, list[Way]]:
    """By precision: decoded in the graph, and outside of it."""
    family, code = find_family("nanodet"), find_runtime(runtime)
    detector = family.load(parent, DEMO / "weights").eval()
    last = runtime_facts(runtime).channels_last
    both = (detector, EVALUATOR), (family.exported(detector, channels_last=last), family.evaluator)
    found: dict[str, list[Way]] = {}
    for number, (network, evaluator) in enumerate(both):
        room = folder / str(number)
        room.mkdir()
        tensors = evaluator.task.tensors
        code.export(network, room / "float", tensors, [SIZE])
        for precision, path in artifacts(runtime, room / "float", tensors, room):
            infer = code.open(path, tensors)
            found.setdefault(precision, []).append(way(evaluator, infer))
    return found


def milliseconds(pair: list[Way], shown: list[np.ndarray]) -> np.ndarray:
    """[rounds, 2]; who comes first changes."""
    times = np.zeros((ROUNDS + WARM_UP, 2))
    for number in range(len(times)):
        for which in (0, 1) if number % 2 else (1, 0):
            began = time.process_time()
            pair[which](shown[number % len(shown)])
            times[number, which] = 1e3 * (time.process_time() - began)
    return times[WARM_UP:]


def main(parents: list[str]) -> None:
    torch.set_num_threads(1)
    frames = load_frames(DEMO / "evaluation").spread(SHOWN)
    shown = [bilinear(frame, *parse_size(SIZE))[None] for frame in frames]
    sys.stdout.write(
        "| parent | runtime | in the graph, ms | outside, ms | ratio |\n|---|---|---|---|---|\n"
    )
    for parent in parents or PARENTS:
        for runtime in ("onnxruntime", "litert", "openvino"):
            with tempfile.TemporaryDirectory() as folder:
                for precision, pair in ways(parent, runtime, Path(folder)).items():
                    times = milliseconds(pair, shown)
                    before, after = np.median(times, axis=0)
                    ratio = np.median(times[:, 1] / times[:, 0])
                    row = f"| {parent} | {runtime}, {precision} | {before:.2f} | {after:.2f}"
                    sys.stdout.write(f"{row} | {ratio:.3f} |\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
