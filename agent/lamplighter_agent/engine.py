"""Run a network: the only module that knows onnxruntime.

The detector's graph takes `images` uint8 [N, H, W, 3] RGB and gives `scores` [N, A, classes] in
0..1 and `distances` [N, A, 4] in input pixels; height and width are free (multiples of 32).
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from numpy.typing import NDArray

from lamplighter_agent.errors import EngineError

Images = NDArray[np.uint8]
Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]
Infer = Callable[[Images], Outputs]

INPUT = "images"
OUTPUTS = ["scores", "distances"]


class Engine(Protocol):
    """A loaded network."""

    @property
    def threads(self) -> int: ...

    def infer(self, images: Images) -> Outputs:
        """scores [N, A, classes] and distances [N, A, 4] of images [N, H, W, 3].

        Raises:
            EngineError: the runtime refuses the input or fails.
        """

    def close(self) -> None: ...


def runtime() -> Any:
    """The onnxruntime module, imported on first use with its telemetry off."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def create_session(
    model: Path | bytes, threads: int = 1, session_config: Mapping[str, str] | None = None
) -> Any:
    """An onnxruntime CPU session that does not spin while it waits.

    Raises:
        EngineError: the model is missing, damaged, or needs what this runtime lacks.
    """
    ort = runtime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = max(threads, 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Cores are shared with other processes: a spinning thread takes what it does not use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    for key, value in (session_config or {}).items():
        options.add_session_config_entry(key, value)
    source = model if isinstance(model, bytes) else str(model)
    try:
        return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        name = "model" if isinstance(model, bytes) else str(model)
        raise EngineError(f"cannot load {name}: {error}") from error


class OnnxEngine:
    """The detector in onnxruntime."""

    def __init__(
        self,
        model_path: Path,
        threads: int = 1,
        session_config: Mapping[str, str] | None = None,
    ) -> None:
        self._threads = max(threads, 1)
        self._session = create_session(model_path, threads, session_config)
        given = {output.name for output in self._session.get_outputs()}
        if not set(OUTPUTS) <= given:
            raise EngineError(f"{model_path} is no detector: it has outputs {sorted(given)}")

    @property
    def threads(self) -> int:
        return self._threads

    def infer(self, images: Images) -> Outputs:
        if self._session is None:
            raise EngineError("the engine is closed")
        try:
            scores, distances = self._session.run(OUTPUTS, {INPUT: images})
        except Exception as error:
            raise EngineError(f"inference failed on {images.shape}: {error}") from error
        return scores, distances

    def close(self) -> None:
        self._session = None


def anchor_count(width: int, height: int) -> int:
    """Number of anchors at an input size in pixels."""
    return sum((height // stride) * (width // stride) for stride in STRIDES)


class FakeEngine:
    """Finds the given boxes (x1, y1, x2, y2, score, class; fractions of the picture) anywhere."""

    def __init__(self, boxes: NDArray[np.float32] | None = None) -> None:
        self.boxes = np.zeros((0, 6), np.float32) if boxes is None else boxes
        self.calls = 0

    @property
    def threads(self) -> int:
        return 1

    def infer(self, images: Images) -> Outputs:
        self.calls += 1
        count, height, width = images.shape[:3]
        anchors = anchor_count(width, height)
        scores = np.zeros((count, anchors, len(CLASSES)), np.float32)
        distances = np.zeros((count, anchors, 4), np.float32)
        for box in self.boxes:
            x1, y1, x2, y2 = box[:4] * (width, height, width, height)
            column, row = int((x1 + x2) / 2 // 8), int((y1 + y2) / 2 // 8)
            anchor = row * (width // 8) + column
            centre_x, centre_y = (column + 0.5) * 8, (row + 0.5) * 8
            scores[:, anchor, int(box[5])] = box[4]
            reach = (centre_x - x1, centre_y - y1, x2 - centre_x, y2 - centre_y)
            distances[:, anchor] = reach
        return scores, distances

    def close(self) -> None:
        self.boxes = np.zeros((0, 6), np.float32)
