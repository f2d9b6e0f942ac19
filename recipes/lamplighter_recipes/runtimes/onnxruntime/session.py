"""onnxruntime: export a detector, load its graph, measure it."""

import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from numpy.typing import NDArray

from lamplighter_recipes.errors import ExportError
from lamplighter_recipes.runtimes.onnxruntime.graph import absorb_normalisation

if TYPE_CHECKING:
    import torch

OPSET = 17
INPUT = "images"
OUTPUTS = ("scores", "distances")
EXPORT_SIZE = (128, 96)  # width, height of the example; all three axes stay dynamic
WARM_UP_RUNS = 3

Images = NDArray[np.uint8]
Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]


def export(detector: "torch.nn.Module", path: Path) -> None:
    """Write the detector as an ONNX graph: uint8 [N,H,W,3] -> scores [N,A,7], distances [N,A,4].

    The normalisation of the pixels is folded into the first convolution.

    Raises:
        ExportError: when torch cannot trace it; says what is missing.
    """
    import torch

    width, height = EXPORT_SIZE
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    axes = {INPUT: {0: "N", 1: "H", 2: "W"}} | {name: {0: "N", 1: "A"} for name in OUTPUTS}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                detector.eval(),
                (example,),
                str(path),
                dynamo=False,  # 0.3 s instead of 3 s, and the same speed afterwards
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=list(OUTPUTS),
                dynamic_axes=axes,
            )
    except Exception as error:
        raise ExportError(f"the network cannot be exported to ONNX: {error}") from error
    onnx.save(absorb_normalisation(simplified(onnx.load(path))), path)


def simplified(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold the constants and drop what nothing reads, so that equal networks give equal files."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.onnx", Path(folder) / "out.onnx"
        onnx.save(model, before)
        quant_pre_process(str(before), str(after), skip_symbolic_shape=True)
        return onnx.load(after)


def load(path: Path) -> Any:
    """An onnxruntime CPU session on one thread."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def infer(session: Any, images: Images) -> Outputs:
    """scores [N,A,7] and distances [N,A,4] of images [N,H,W,3]."""
    scores, distances = session.run(list(OUTPUTS), {INPUT: images})
    return scores, distances


def measure(sessions: dict[str, Any], images: Images, rounds: int) -> dict[str, list[float]]:
    """Milliseconds per run of each session, interleaved so that outside load hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for number in range(rounds + WARM_UP_RUNS):
        image = images[number % len(images)][None]
        for name, session in sessions.items():
            began = time.perf_counter()
            session.run(None, {session.get_inputs()[0].name: image})
            if number >= WARM_UP_RUNS:
                times[name].append((time.perf_counter() - began) * 1e3)
    return times
