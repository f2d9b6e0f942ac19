"""An arm64 agent computes what the workshop on x86 computed. No figure here says how fast it is."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.building.calibration import chosen_frames, pictures
from lamplighter_recipes.runtimes.litert.quantization import quantize_artifact
from lamplighter_recipes.runtimes.litert.ranges import measure_ranges as litert_ranges
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import assemble, pack
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.tasks.detection import TENSORS

from tests.emulated.board import Board
from tests.simulators.blobs import CLIP_SIZE, blob_clip
from tests.simulators.recipe_rig import materials, tiny_detector
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = [pytest.mark.slow, pytest.mark.torch, pytest.mark.timeout(900)]
LITERT_FLOATS = Path(__file__).parents[1] / "data/litert"
DEVICE, SIZE = "board", (96, 64)
# Each probe network takes seconds here.
PATIENCE_S = 600.0
# Of the largest answer. Floats are added up in another order, and 8 bits round ties elsewhere.
FLOAT_ERROR, INTEGER_ERROR = 1e-4, 0.02
ANSWER = """
import sys
from pathlib import Path
import numpy as np
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_wire.tasks.detection import TENSORS

runtime, folder, given, target = sys.argv[1:]
engine = installed_runtimes().find(runtime).open(Path(folder), TENSORS, 1, {})
np.savez(target, **engine.infer(np.load(given)))
"""
CONFIG = """
device = "{device}"
state_dir = "{folder}/state"
source = "{clip}"
fps_floor = 1.0
fps_cap = 1.0
camera_width = {width}
camera_height = {height}
telemetry_s = 2.0
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return materials(tmp_path_factory.mktemp("materials"))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "float.onnx"
    find_runtime("onnxruntime").export(tiny_detector(), path, TENSORS, [])
    return path


def signed_eight_bits(graph: Path, folders: Materials, target: Path) -> None:
    """What a controller builds for machine "aarch64"."""
    frames = pictures(chosen_frames(load_frames(folders.calibration_dir), ""))
    quantize_graph(graph, target, measure_ranges(graph, TENSORS, frames), "s8")


def litert_eight_bits(folders: Materials, target: Path) -> None:
    frames = load_frames(folders.calibration_dir)
    inputs = [bilinear(frame, w, h)[None] for w, h in ((64, 64), SIZE) for frame in frames]
    quantize_artifact(LITERT_FLOATS, target, litert_ranges(LITERT_FLOATS, TENSORS, inputs))


def artifact_of(kind: str, graph: Path, folders: Materials, target: Path) -> Path:
    if kind == "onnxruntime fp32":
        return graph
    if kind == "litert fp32":
        return LITERT_FLOATS
    if kind == "onnxruntime int8":
        signed_eight_bits(graph, folders, target)
    else:
        litert_eight_bits(folders, target)
    return target


def test_it_is_another_processor(board: Board) -> None:
    assert board.run("-c", "import platform; print(platform.machine())").strip() == "aarch64"


@pytest.mark.parametrize(
    "kind", ["onnxruntime fp32", "onnxruntime int8", "litert fp32", "litert int8"]
)
def test_its_answers_are_those_of_the_workshop(
    board: Board, graph: Path, folders: Materials, tmp_path: Path, kind: str
) -> None:
    name, _, precision = kind.partition(" ")
    runtime = find_runtime(name)
    artifact = artifact_of(kind, graph, folders, tmp_path / "artifact")
    packed, slot = pack(runtime.take_apart(artifact)), tmp_path / "slot"
    slot.mkdir()
    assemble(packed.parts, packed.chunks.__getitem__, slot)
    frames = load_frames(folders.evaluation_dir)
    np.save(tmp_path / "given.npy", np.stack([bilinear(frame, *SIZE) for frame in frames]))
    board.run("-c", ANSWER, name, slot, tmp_path / "given.npy", tmp_path / "answers.npz")
    ours = runtime.open(artifact, TENSORS)(np.load(tmp_path / "given.npy"))
    theirs = np.load(tmp_path / "answers.npz")
    limit = FLOAT_ERROR if precision == "fp32" else INTEGER_ERROR
    for output in TENSORS.outputs:
        error = np.abs(ours[output] - theirs[output])
        assert error.mean() <= limit * np.abs(ours[output]).max(), output


@pytest.fixture
def agent(board: Board, tmp_path: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.terminate()
        process.wait(60)


@pytest.mark.broker
def test_an_agent_enrols_proves_and_serves(
    board: Board,
    graph: Path,
    folders: Materials,
    tmp_path: Path,
    agent: list["subprocess.Popen[bytes]"],
) -> None:
    key = SigningKey.generate()
    control = RunningController(tmp_path / "controller", key)
    draw = partial(signed_eight_bits, graph, folders)
    control.offer(build("signed", key, draw=draw, precision="int8"), ap50=0.5, mmac=10.0)
    width, height = CLIP_SIZE
    clip = blob_clip(tmp_path / "street.mp4", light=0.4, to_the_right=True)
    config = tmp_path / "agent.toml"
    config.write_text(
        CONFIG.format(device=DEVICE, folder=tmp_path, clip=clip, width=width, height=height)
    )
    run = ("-m", "lamplighter_agent", "--config", config)
    with control.running():
        token = control.new_token(DEVICE)
        board.run(*run, "enrol", "--url", control.url, "--token", token)
        agent.append(board.start(*run, "run", log=tmp_path / "agent.log"))
        device = eventually(lambda: proven(control), "the proof on the board", PATIENCE_S)
        assert device.capabilities is not None and device.capabilities.machine == "aarch64"
        assert {"onnxruntime", "litert"} <= set(device.capabilities.runtimes)
        assert device.reported is not None and device.reported.golden_f1 >= 0.9


def proven(control: RunningController):
    """The device, once what was offered serves and has reproduced its golden frame."""
    device = control.device(DEVICE)
    reported = device.reported
    serves = reported is not None and reported.serving.variant == "signed"
    return device if serves and reported.golden_f1 > 0 else None
