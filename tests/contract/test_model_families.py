"""Every kind of detector keeps the same contract: stored, trained, pruned, exported, quantized."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from lamplighter_recipes.families.street_batches import collate
from lamplighter_recipes.families.street_training import StreetTraining
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.recipe.model_families import FAMILIES, facts_of_family
from lamplighter_recipes.recipe.own_model import OWN_FAMILY
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.techniques.pruning.prune import PruneConfig, prune_channels
from lamplighter_wire.tasks.detection import DETECTION, TENSORS

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import KINDS, tiny_of

pytestmark = pytest.mark.torch
SIZE = "96x64"
IMAGES = random_images(2, 96, 64)
DETECTORS = [name for name in FAMILIES.names() if facts_of_family(name).task == DETECTION.name]
BOXES = np.array([[8, 8, 60, 50, 0]], np.float32)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def detector(kind: str) -> Detector:
    return tiny_of(kind)


def _answers(detector: Detector) -> list[np.ndarray]:
    with torch.no_grad():
        return [output.numpy() for output in detector.eval()(IMAGES)]


def _agree(answers: list[np.ndarray], expected: list[np.ndarray], share: float) -> None:
    for answer, reference in zip(answers, expected, strict=True):
        assert answer.shape == reference.shape
        assert np.abs(answer - reference).mean() < share * np.abs(reference).mean()


@pytest.mark.parametrize("family", [name for name in DETECTORS if name != OWN_FAMILY])
def test_a_family_reads_what_it_wrote_and_other_families_teachers(
    family: str, detector: Detector, tmp_path: Path
) -> None:
    code = find_family(family)
    assert code.evaluator.task.name == DETECTION.name
    assert code.evaluator.task.tensors.outputs == ("cells",)
    code.save(detector, "mine", tmp_path, {})
    _agree(_answers(code.load("mine", tmp_path)), _answers(detector), 0.02)  # type: ignore[arg-type]


def test_every_weight_learns_from_labels_and_from_a_teacher(detector: Detector) -> None:
    pictures = [(image.numpy(), BOXES) for image in IMAGES]
    images, labels = collate(pictures)
    training = StreetTraining(sources=None, origin={})  # type: ignore[arg-type]
    config = TrainConfig(bfloat16=False)
    teacher = tiny_of("nanodet", seed=1)
    loss, parts = training.loss(detector.train(), images, labels, teacher, config)
    loss.backward()
    assert set(parts) == {"quality", "box"}
    still = [name for name, p in detector.net.named_parameters() if p.grad is None]
    assert not still
    assert all(torch.isfinite(p.grad).all() for p in detector.parameters() if p.grad is not None)


def test_half_of_the_channels_can_go(detector: Detector, tmp_path: Path) -> None:
    find_family("nanodet").save(detector, "whole", tmp_path, {})
    whole = find_family("nanodet").load("whole", tmp_path)
    half = prune_channels(whole, PruneConfig(ratio=0.5))  # type: ignore[arg-type]
    count = sum(p.numel() for p in half.parameters())
    assert count < 0.5 * sum(p.numel() for p in whole.parameters())
    find_family("nanodet").save(half, "half", tmp_path, {})
    again = find_family("nanodet").load("half", tmp_path)
    _agree(_answers(again), _answers(half), 0.02)  # type: ignore[arg-type]


# Converting for LiteRT takes seconds: once with activations that stay in float there, once without.
ON_LITERT = ("mobilenetv3", "nanodet-relu")


@pytest.mark.parametrize("runtime", ["onnxruntime", "litert"])
def test_a_runtime_answers_as_the_network_does_in_floats_and_in_8_bits(
    runtime: str, kind: str, detector: Detector, tmp_path: Path
) -> None:
    if runtime == "litert" and kind not in ON_LITERT:
        pytest.skip("two kinds are enough")
    if not is_installed(runtime):
        pytest.skip(f"the tools for {runtime} are not installed")
    code, expected = find_runtime(runtime), _answers(detector)
    artifact, small = tmp_path / "float", tmp_path / "int8"
    code.export(copy.deepcopy(detector), artifact, TENSORS, [SIZE])
    infer = code.open(artifact, TENSORS)
    _agree([infer(IMAGES[:1].numpy())[n] for n in TENSORS.outputs], [e[:1] for e in expected], 0.02)
    ranges = code.measure_ranges(artifact, TENSORS, [image[None].numpy() for image in IMAGES])
    _quantize(runtime, artifact, small, ranges)
    infer = code.open(small, TENSORS)
    _agree([infer(IMAGES[:1].numpy())[n] for n in TENSORS.outputs], [e[:1] for e in expected], 0.15)


def _quantize(
    runtime: str, artifact: Path, target: Path, ranges: dict[str, tuple[float, float]]
) -> None:
    if runtime == "litert":
        from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact

        quantize_artifact(artifact, target, ranges)
    else:
        from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph

        quantize_graph(artifact, target, ranges, "u8")
