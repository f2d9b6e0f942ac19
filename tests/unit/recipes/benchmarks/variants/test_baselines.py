"""What the runtimes' own tools make of a float network can be opened and is smaller."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.benchmarks.variants.baselines import BASELINES
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS

pytestmark = pytest.mark.torch
SIZE = "96x64"


def size_bytes(artifact: Path) -> int:
    files = artifact.iterdir() if artifact.is_dir() else [artifact]
    return sum(path.stat().st_size for path in files)


@pytest.mark.parametrize("name", BASELINES)
def test_a_rivals_network_answers_and_is_another(
    name: str, graph: Path, folders: Materials, tmp_path: Path
) -> None:
    runtime, convert, source_runtime = BASELINES[name]
    source = graph
    if not is_installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    if runtime == "litert":
        source = tmp_path / "float"
        source.mkdir()
        model = file_of(Path(__file__).parents[4] / "data/litert", SIZE)
        file_of(source, SIZE).write_bytes(model.read_bytes())
    target = tmp_path / "rival"
    convert(source, target, load_frames(folders.calibration_dir))
    assert size_bytes(target) != size_bytes(source)
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    ours, theirs = (
        find_runtime(by).open(path, TENSORS)(picture)
        for by, path in ((runtime, target), (source_runtime, source))
    )
    for output, reference in theirs.items():
        assert ours[output].shape == reference.shape
        assert np.abs(ours[output] - reference).mean() < 0.3 * np.abs(reference).mean()
