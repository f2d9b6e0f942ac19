"""The probe's dense networks in OpenVINO: those that the device has, which are of ONNX."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.openvino_options import precisions_of

from lamplighter_recipes.runtimes.onnxruntime.probe_networks import write_probe_nets
from lamplighter_recipes.runtimes.openvino.session import DEVICE, compiled, core
from lamplighter_recipes.runtimes.runtime import ProbeNetwork

KIND = "dense"


def open_probe_networks() -> dict[str, ProbeNetwork]:
    """By the precisions that this processor computes in."""
    with tempfile.TemporaryDirectory() as folder:
        work = write_probe_nets(Path(folder))
        return {
            precision: _opened(Path(folder), precision, work)
            for precision in precisions_of(core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES"))
        }


def _opened(folder: Path, precision: str, work: dict[str, float]) -> ProbeNetwork:
    stored = Precision.FP32 if precision == Precision.BF16 else precision
    request = compiled(core().read_model(folder / f"{KIND}_{stored}.onnx"), precision)
    picture = np.random.default_rng(0).random(request.input_tensors[0].shape, np.float32)
    return ProbeNetwork(partial(request.infer, {0: picture}), work[f"{KIND}_{stored}"])
