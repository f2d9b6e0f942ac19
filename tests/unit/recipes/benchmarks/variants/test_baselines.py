"""What the runtimes' own tools make of a float network can be opened and is smaller."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.benchmarks.variants.baselines import BASELINES, TORCH, Calibration
from lamplighter_recipes.benchmarks.variants.torchao_static import save_program
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, MAIN_SIZE
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import tiny_detector

pytestmark = pytest.mark.torch
SIZE = "96x64"


def size_bytes(artifact: Path) -> int:
    files = artifact.iterdir() if artifact.is_dir() else [artifact]
    return sum(path.stat().st_size for path in files)


@pytest.mark.parametrize("name", BASELINES)
def test_a_rivals_network_answers_and_is_another(
    name: str, graph: Path, folders: Materials, tmp_path: Path
) -> None:
    baseline = BASELINES[name]
    source = graph
    if not baseline.is_installed:
        pytest.skip(f"{name} needs packages that are not installed")
    if baseline.source == TORCH:
        source = tmp_path / "float.pt2"
        save_program(tiny_detector(), SIZE, [TENSORS.input, *TENSORS.outputs], source)
    if baseline.runtime == "litert":
        source = tmp_path / "float"
        source.mkdir()
        model = file_of(Path(__file__).parents[4] / "data/litert", SIZE)
        file_of(source, SIZE).write_bytes(model.read_bytes())
    target = tmp_path / "rival"
    frames = load_frames(folders.calibration_dir)
    baseline.convert(source, target, Calibration(frames, DEFAULT_SIZES, MAIN_SIZE))
    assert size_bytes(target) != size_bytes(source)
    floats = (BASE_RUNTIME, graph) if baseline.source == TORCH else (baseline.source, source)
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    ours, theirs = (
        find_runtime(by).open(path, TENSORS)(picture)
        for by, path in ((baseline.runtime, target), floats)
    )
    for output, reference in theirs.items():
        assert ours[output].shape == reference.shape
        assert np.abs(ours[output] - reference).mean() < 0.3 * np.abs(reference).mean()
