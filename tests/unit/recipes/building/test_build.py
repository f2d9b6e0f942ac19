"""Export, quantization, taking apart, and building a variant, on a tiny real network."""

from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
import torch
from lamplighter_recipes.building.build import evaluate_variant, specialise
from lamplighter_recipes.building.calibration import chosen_frames, measure_ranges, pictures
from lamplighter_recipes.building.parent_results import frame_matches, parent_matches
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.runtimes.onnxruntime.export import export
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import RANGES, split
from lamplighter_recipes.runtimes.onnxruntime.graph import PIXEL_TENSOR, count_work
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph, tail_nodes
from lamplighter_recipes.runtimes.onnxruntime.session import infer, load, open_infer
from lamplighter_recipes.tasks.detection.average_precision import ap50
from lamplighter_recipes.tasks.detection.evaluation import by_regime
from lamplighter_recipes.tasks.detection.frame_set import bilinear, load_frames
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import assemble, pack

from tests.simulators.recipe_rig import materials, tiny_detector

pytestmark = pytest.mark.torch

IMAGES = np.random.default_rng(0).integers(0, 255, (2, 96, 128, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    torch.set_num_threads(1)
    return materials(tmp_path_factory.mktemp("materials"))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "float.onnx"
    export(tiny_detector(), path)
    return path


def _quantized(graph: Path, folders: Materials, target: Path, calibration: str = "") -> Path:
    frames = load_frames(folders.calibration_dir)
    ranges = measure_ranges(graph, pictures(chosen_frames(frames, calibration)))
    quantize_graph(graph, target, ranges, "u8")
    return target


def test_the_graph_computes_what_the_network_computes(graph: Path) -> None:
    with torch.no_grad():
        wanted = [t.numpy() for t in tiny_detector()(torch.from_numpy(IMAGES))]
    found = infer(load(graph), IMAGES)
    # The border differs a little: it is padded with grey instead of each channel's mean.
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 0.02 * np.abs(theirs).mean()


def test_height_width_and_number_of_pictures_are_free(graph: Path) -> None:
    scores, distances = infer(load(graph), np.zeros((3, 64, 96, 3), np.uint8))
    anchors = 8 * 12 + 4 * 6 + 2 * 3
    assert scores.shape == (3, anchors, 7)
    assert distances.shape == (3, anchors, 4)


def test_work_grows_with_the_area(graph: Path) -> None:
    model = onnx.load(graph)
    small, large = count_work(model, "128x96"), count_work(model, "256x192")
    assert large.mmac == pytest.approx(4 * small.mmac, rel=0.01)
    assert small.depthwise_mmac == 0
    assert large.bytes_moved > small.bytes_moved


@pytest.mark.parametrize("kind", ["float", "int8"])
def test_parts_give_the_same_answers(
    graph: Path, folders: Materials, tmp_path: Path, kind: str
) -> None:
    source = graph if kind == "float" else _quantized(graph, folders, tmp_path / "q.onnx")
    skeleton, tensors = split(source)
    assert split(source) == (skeleton, tensors)
    packed = pack(skeleton, tensors)
    model = tmp_path / "device" / "model.onnx"
    assemble(packed.parts, packed.chunks.__getitem__, model, model.with_name("tensors.bin"))
    for ours, theirs in zip(infer(load(model), IMAGES), infer(load(source), IMAGES), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_eight_bits_stay_close_and_read_pixels_directly(
    graph: Path, folders: Materials, tmp_path: Path
) -> None:
    path = _quantized(graph, folders, tmp_path / "q.onnx")
    image = bilinear(load_frames(folders.evaluation_dir).frames[0], 128, 96)[None]
    ours, theirs = infer(load(path), image), infer(load(graph), image)
    for value, reference in zip(ours, theirs, strict=True):
        assert np.abs(value - reference).mean() < 0.1 * np.abs(reference).mean()
    model = onnx.load(path)
    names = {name for node in model.graph.node for name in node.output}
    assert PIXEL_TENSOR not in names
    tail = {node.op_type for node in model.graph.node if node.name in tail_nodes(model.graph)}
    assert {"Sigmoid", "Softmax"} <= tail


def test_another_calibration_changes_one_small_part(
    graph: Path, folders: Materials, tmp_path: Path
) -> None:
    first = split(_quantized(graph, folders, tmp_path / "a.onnx"))
    second = split(_quantized(graph, folders, tmp_path / "b.onnx", "night"))
    assert first[0] == second[0]
    changed = [a.name for a, b in zip(first[1], second[1], strict=True) if a.data != b.data]
    assert changed == [RANGES]


def test_an_unknown_regime_names_those_there_are(folders: Materials) -> None:
    with pytest.raises(RecipeError, match="snow") as caught:
        chosen_frames(load_frames(folders.calibration_dir), "snow")
    assert "night-dry-free" in caught.value.remedy


def test_a_build_measures_what_a_plan_needs(folders: Materials, tmp_path: Path) -> None:
    recipe = load_catalogue()["int8-full"]
    stages: list[str] = []
    known = VariantCard(id="known", expected_ap50={"384x288": {"day-dry-free": 0.8}})
    built = specialise(
        recipe, folders, tmp_path, known=known, progress=lambda _share, stage: stages.append(stage)
    )
    card = built.card
    assert card.expected_ap50 == known.expected_ap50
    assert card.built
    assert card.precision == "int8"
    assert card.size_bytes > card.wire_bytes > 0
    assert card.memory_bytes > 10_000_000
    assert set(card.mmac) == set(recipe.sizes)
    assert len(card.golden) == 2
    assert stages[-1] == "done"
    full = evaluate_variant(card, built.graph, folders)
    assert full.evaluated_frames == 6
    assert set(full.expected_ap50["256x192"]) == {"day-dry-free", "night-dry-free"}
    assert "" in full.thresholds
    _says_the_parents_figure_within_the_noise(full, folders)
    with pytest.raises(RecipeError, match="other weights"):
        evaluate_variant(
            msgspec.structs.replace(card, model_version="0" * 12), built.graph, folders
        )


def _says_the_parents_figure_within_the_noise(card: VariantCard, folders: Materials) -> None:
    parent = prepared(card.parent, folders.weights_dir, folders.cache_dir)
    frames = load_frames(folders.evaluation_dir)
    for size, row in card.gain_interval.items():
        figures = by_regime(parent_matches(parent, frames, size), frames)
        for regime, gain in row.items():
            own, parents = card.measured_ap50[size][regime], round(ap50(figures[regime]), 4)
            expected = parents if gain[0] <= 0 <= gain[1] else own
            assert card.expected_ap50[size][regime] == expected


def test_what_a_parent_finds_is_kept_whole(folders: Materials) -> None:
    parent = prepared("nanodet-p50", folders.weights_dir, folders.cache_dir)
    frames = load_frames(folders.evaluation_dir)
    found = frame_matches(open_infer(parent.graph), frames, "128x96")
    for _ in range(2):  # run, then read
        kept = parent_matches(parent, frames, "128x96")
        for ours, theirs in zip(kept, found, strict=True):
            np.testing.assert_array_equal(ours.scores, theirs.scores)
            np.testing.assert_array_equal(ours.hits, theirs.hits)
            assert ours.truths == theirs.truths
    assert len(list(parent.folder.glob("matches-*-128x96-*.npz"))) == 1


def test_a_missing_parent_says_what_is_missing(folders: Materials, tmp_path: Path) -> None:
    empty = Materials(tmp_path, *(folders.calibration_dir,) * 3, tmp_path / "cache")
    with pytest.raises(RecipeError, match="no weights of the parent 'nanodet-full'"):
        specialise(load_catalogue()["int8-full"], empty, tmp_path)
