"""8-bit networks of OpenVINO: how close they stay, and what another calibration changes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.building.calibration import chosen_frames
from lamplighter_recipes.runtimes.openvino.model_files import read_model, take_apart
from lamplighter_recipes.runtimes.openvino.session import open_infer
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.techniques.quantization.quantize_openvino import (
    QuantizeOpenvinoConfig,
    quantize_openvino,
)
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.blobs import pack
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import tiny_detector

pytest.importorskip("nncf")
pytestmark = pytest.mark.torch


class Frames:
    """The pictures of a calibration, as a build hands them out."""

    def __init__(self, folders: Materials) -> None:
        self._frames = load_frames(folders.calibration_dir)

    def calibration_pictures(self, calibration: str) -> Iterator[np.ndarray]:
        for frame in chosen_frames(self._frames, calibration):
            yield bilinear(frame, 96, 64)[None]

    def kept_artifact(
        self, _source: Path, target: Path, _calibration: str, make: Callable[[Path], None]
    ) -> None:
        make(target)


@pytest.fixture(scope="module")
def floats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openvino") / "float"
    find_runtime("openvino").export(tiny_detector(), folder, TENSORS, [])
    return folder


@pytest.fixture(scope="module")
def bytes_(floats: Path, folders: Materials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("int8") / "int8"
    quantize_openvino(floats, target, QuantizeOpenvinoConfig(), Frames(folders))
    return target


def test_convolutions_hold_8_bit_weights_and_answers_stay_close(
    floats: Path, bytes_: Path, folders: Materials
) -> None:
    operators = read_model(bytes_).get_ops()
    ports = [port for operator in operators for port in operator.outputs()]
    integers = [port for port in ports if port.get_element_type().get_type_name() == "i8"]
    convolutions = [op for op in operators if op.get_type_name() == "Convolution"]
    assert len(integers) >= len(convolutions) > 0
    ours, theirs = open_infer(bytes_, TENSORS), open_infer(floats, TENSORS)
    for frame in load_frames(folders.evaluation_dir):
        image = bilinear(frame, 96, 64)[None]
        for name, value in ours(image).items():
            reference = theirs(image)[name]
            assert 0 < np.abs(value - reference).mean() < 0.1 * np.abs(reference).mean()


def test_another_calibration_sends_no_weights(
    floats: Path, bytes_: Path, folders: Materials, tmp_path: Path
) -> None:
    night = QuantizeOpenvinoConfig(calibration="night")
    quantize_openvino(floats, tmp_path / "night", night, Frames(folders))
    before, after = (pack(take_apart(path)).chunks for path in (bytes_, tmp_path / "night"))
    assert before.keys() != after.keys()
    weights = (bytes_ / "model.bin").read_bytes()
    changed = sum(len(data) for key, data in after.items() if key not in before and data in weights)
    assert changed == 0, "large tensors are those of before"
