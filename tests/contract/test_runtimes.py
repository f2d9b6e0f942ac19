"""Every runtime keeps the same contract, on the device and in the workshop: the same network, the
same frames, the same answers and refusals.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.device.probe import probe_nets
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_recipes.recipe.runtime_facts import RUNTIMES, is_installed, runtime_facts
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_recipes.runtimes.runtime import Runtime, find_runtime
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import assemble, pack
from lamplighter_wire.tasks.detection import TENSORS, anchor_centres
from lamplighter_wire.tasks.tensor_names import TensorNames

from tests.simulators.recipe_rig import materials, tiny_detector

pytestmark = pytest.mark.torch
SIZES = ("96x64",)
IMAGES = np.random.default_rng(0).integers(0, 255, (2, 64, 96, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return materials(tmp_path_factory.mktemp("materials"))


SERVED = [name for name in RUNTIMES.names() if not runtime_facts(name).export_only]


@pytest.fixture(scope="module", params=SERVED)
def name(request: pytest.FixtureRequest) -> str:
    runtime: str = request.param
    if not is_installed(runtime):
        pytest.skip(f"the tools for {runtime} are not installed")
    return runtime


@pytest.fixture(scope="module")
def runtime(name: str) -> Runtime:
    return find_runtime(name)


@pytest.fixture(scope="module")
def artifact(runtime: Runtime, name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network in floating point."""
    path = tmp_path_factory.mktemp(name) / "artifact"
    runtime.export(tiny_detector(), path, TENSORS, SIZES)
    return path


@pytest.fixture(scope="module")
def folder(runtime: Runtime, artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it lies in a device's slot."""
    files = runtime.take_apart(artifact)
    assert files == runtime.take_apart(artifact)
    packed = pack(files)
    target = tmp_path_factory.mktemp("slot")
    assemble(packed.parts, packed.chunks.__getitem__, target)
    return target


@pytest.fixture
def engine(name: str, folder: Path) -> Iterator[Engine]:
    engine = installed_runtimes().find(name).open(folder, TENSORS, 2, {})
    yield engine
    engine.close()


def test_the_device_computes_what_the_network_computes(
    engine: Engine, runtime: Runtime, artifact: Path
) -> None:
    import torch

    with torch.no_grad():
        reference = tiny_detector()(torch.from_numpy(IMAGES))
    anchors = len(anchor_centres(96, 64))
    for outputs in (engine.infer(IMAGES), runtime.open(artifact, TENSORS)(IMAGES)):
        assert set(outputs) >= set(TENSORS.outputs)
        for output, expected in zip(TENSORS.outputs, reference, strict=True):
            assert outputs[output].shape == (2, anchors, expected.shape[-1])
            assert outputs[output].dtype == np.float32
            # The border differs a little: it is padded with grey instead of each channel's mean.
            error = np.abs(outputs[output] - expected.numpy()).mean()
            assert error < 0.02 * np.abs(expected.numpy()).mean()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((64, 96, 3), np.uint8),
        np.zeros((1, 64, 96, 1), np.uint8),
        np.zeros((1, 64, 96, 3), np.float32),
    ],
)
def test_a_wrong_input_is_refused_and_the_next_one_served(
    engine: Engine, images: np.ndarray
) -> None:
    with pytest.raises(EngineError):
        engine.infer(images)
    assert engine.infer(IMAGES)["scores"].shape[0] == 2


def test_a_closed_engine_says_so(engine: Engine) -> None:
    assert engine.threads == 2
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.infer(IMAGES)


def test_what_the_task_does_not_find_is_refused_when_it_is_opened(name: str, folder: Path) -> None:
    opener = installed_runtimes().find(name)
    with pytest.raises(EngineError, match="masks"):
        opener.open(folder, TensorNames("images", ("masks",)), 1, {})


def test_a_missing_and_a_damaged_network_say_so(name: str, folder: Path, tmp_path: Path) -> None:
    opener = installed_runtimes().find(name)
    with pytest.raises(EngineError):
        opener.open(tmp_path / "absent", TENSORS, 1, {})
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(b"no model at all")
    with pytest.raises(EngineError):
        opener.open(tmp_path, TENSORS, 1, {})


def test_every_probe_network_runs(name: str) -> None:
    opener = installed_runtimes().find(name)
    for net in probe_nets(opener.precisions()):
        opener.probe_run(net.name, 1, {})()
    with pytest.raises(EngineError):
        opener.probe_run("dense_int1", 1, {})


def test_the_workshop_measures_memory_as_a_device_would(name: str, artifact: Path) -> None:
    assert 10_000_000 < peak_memory_bytes(name, artifact, TENSORS, SIZES[0]) < 200_000_000


def test_the_workshops_probe_networks_are_the_devices(name: str, runtime: Runtime) -> None:
    networks = runtime.probe_networks()
    assert {"fp32", "int8"} <= set(networks)
    assert set(networks) == set(installed_runtimes().find(name).precisions())
    for network in networks.values():
        network.run()
        assert network.work_mmac == pytest.approx(143.327232)
