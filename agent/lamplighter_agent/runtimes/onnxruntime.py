"""The engine over onnxruntime: the only module of the agent that imports it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.blobs import MODEL_FILE
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.onnxruntime_options import ENVIRONMENT, PROVIDERS, set_options
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, Images, Outputs
from lamplighter_agent.runtimes.runtime import probe_network, version_of


class OnnxRuntime:
    """A variant is the graph `model.onnx`, and the tensors that it says lie beside it."""

    name = BASE_RUNTIME

    def version(self) -> str:
        return version_of("onnxruntime")

    def precisions(self) -> tuple[str, ...]:
        return (Precision.FP32, Precision.INT8)

    def open(
        self,
        folder: Path,
        tensors: TensorNames,
        threads: int,
        session_config: Mapping[str, str],
    ) -> Engine:
        return OnnxEngine(folder / MODEL_FILE, tensors, threads, session_config)

    def probe_run(
        self, network: str, threads: int, session_config: Mapping[str, str]
    ) -> Callable[[], object]:
        model = probe_network(f"{network}.onnx")
        return network_run(create_session(model, threads, session_config))


def runtime() -> Any:
    """The onnxruntime module, imported on first use with its telemetry off."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
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
    set_options(options, threads, session_config)
    source = model if isinstance(model, bytes) else str(model)
    try:
        return ort.InferenceSession(source, options, providers=list(PROVIDERS))
    except Exception as error:
        name = "model" if isinstance(model, bytes) else str(model)
        raise EngineError(f"cannot load {name}: {error}") from error


def network_run(session: Any) -> Callable[[], object]:
    """One inference of a network with one float input, on noise, as a function.

    It raises EngineError when the network cannot be run.
    """
    given = session.get_inputs()[0]
    picture = np.random.default_rng(0).random(given.shape, np.float32)

    def run() -> object:
        try:
            return session.run(None, {given.name: picture})
        except Exception as error:
            raise EngineError(f"a probe network cannot be run: {error}") from error

    return run


class OnnxEngine:
    """A network in onnxruntime.

    Raises:
        EngineError: as `create_session`, or it lacks one of the `tensors`.
    """

    def __init__(
        self,
        model_path: Path,
        tensors: TensorNames,
        threads: int = 1,
        session_config: Mapping[str, str] | None = None,
    ) -> None:
        self._threads, self._tensors = max(threads, 1), tensors
        self._session = create_session(model_path, threads, session_config)
        given = [value.name for value in self._session.get_inputs() + self._session.get_outputs()]
        missing = {tensors.input, *tensors.outputs} - set(given)
        if missing:
            raise EngineError(f"{model_path} has no {sorted(missing)}, but {sorted(given)}")

    @property
    def threads(self) -> int:
        return self._threads

    def infer(self, images: Images) -> Outputs:
        if self._session is None:
            raise EngineError("the engine is closed")
        names = self._tensors.outputs
        try:
            outputs = self._session.run(names, {self._tensors.input: images})
        except Exception as error:
            raise EngineError(f"inference failed on {images.shape}: {error}") from error
        return dict(zip(names, outputs, strict=True))

    def close(self) -> None:
        self._session = None
