"""The engine over onnxruntime: the only module of the agent that imports it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lamplighter_wire.rules.onnxruntime_options import ENVIRONMENT, PROVIDERS, set_options

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import INPUT, OUTPUTS, Engine, Images, Outputs


def open_onnx(model: Path, threads: int, session_config: Mapping[str, str]) -> Engine:
    """An onnxruntime engine.

    Raises:
        EngineError: the model is missing, damaged, or no detector.
    """
    return OnnxEngine(model, threads, session_config)


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
