"""The engine over LiteRT: the only module of the agent that imports it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.litert_files import model_file, sizes_of
from lamplighter_wire.rules.runtimes import LITERT
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, Images, Outputs
from lamplighter_agent.runtimes.runtime import probe_network, version_of

CHANNELS = 3


class LiteRt:
    """A variant is a model for each size, `model-384x288.tflite`."""

    name = LITERT

    def version(self) -> str:
        return version_of("ai-edge-litert")

    def precisions(self) -> tuple[str, ...]:
        return (Precision.FP32, Precision.INT8)

    def open(
        self,
        folder: Path,
        tensors: TensorNames,
        threads: int,
        session_config: Mapping[str, str],  # noqa: ARG002 - entries of other runtimes
    ) -> Engine:
        return LiteRtEngine(folder, tensors, threads)

    def probe_run(
        self,
        network: str,
        threads: int,
        session_config: Mapping[str, str],  # noqa: ARG002
    ) -> Callable[[], object]:
        interpreter = create_interpreter(probe_network(f"{network}.tflite"), threads)
        interpreter.allocate_tensors()
        given = interpreter.get_input_details()[0]
        picture = np.random.default_rng(0).random(given["shape"], np.float32)

        def run() -> object:
            interpreter.set_tensor(given["index"], picture)
            return interpreter.invoke()

        return run


def create_interpreter(model: Path | bytes, threads: int) -> Any:
    """An interpreter, which has not planned its memory yet.

    Raises:
        EngineError: the model is missing, damaged, or needs what this runtime lacks.
    """
    name = "model" if isinstance(model, bytes) else str(model)
    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": name}
    try:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter(**source, num_threads=max(threads, 1))
    except Exception as error:
        raise EngineError(f"cannot load {name}: {error}") from error


class LiteRtEngine:
    """A network in LiteRT. The model of a size is loaded with the first picture of that size.

    Raises:
        EngineError: there is no model, or the smallest lacks one of the `tensors`.
    """

    def __init__(self, folder: Path, tensors: TensorNames, threads: int = 1) -> None:
        self._folder, self._tensors, self._threads = folder, tensors, max(threads, 1)
        self._sizes = sizes_of(path.name for path in folder.iterdir()) if folder.is_dir() else []
        self._runners: dict[str, Callable[..., Outputs]] = {}
        if not self._sizes:
            raise EngineError(f"{folder} holds no model for LiteRT")
        self._check_names()

    @property
    def threads(self) -> int:
        return self._threads

    def infer(self, images: Images) -> Outputs:
        if not self._sizes:
            raise EngineError("the engine is closed")
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != CHANNELS:
            # Its own check is none: it takes another shape for a wish to be resized.
            raise EngineError(f"{images.dtype} {images.shape} are no pictures")
        runner = self._runner(size_key(images.shape[2], images.shape[1]))
        try:
            results = [runner(**{self._tensors.input: image[None]}) for image in images]
        except Exception as error:
            raise EngineError(f"inference failed on {images.shape}: {error}") from error
        return {name: np.concatenate([r[name] for r in results]) for name in self._tensors.outputs}

    @property
    def loaded(self) -> Collection[str]:
        return self._runners.keys()

    def keep_sizes(self, sizes: Collection[str]) -> None:
        self._runners = {size: runner for size, runner in self._runners.items() if size in sizes}

    def close(self) -> None:
        self._sizes, self._runners = [], {}

    def _runner(self, size: str) -> Callable[..., Outputs]:
        if size not in self._sizes:
            raise EngineError(f"there is no model for {size}, but for {', '.join(self._sizes)}")
        if size not in self._runners:
            interpreter = create_interpreter(self._folder / model_file(size), self._threads)
            try:
                interpreter.allocate_tensors()
            except Exception as error:
                raise EngineError(f"cannot load the model for {size}: {error}") from error
            self._runners[size] = interpreter.get_signature_runner()
        return self._runners[size]

    def _check_names(self) -> None:
        path = self._folder / model_file(self._sizes[0])
        (signature, *_) = create_interpreter(path, 1).get_signature_list().values()
        given = {*signature["inputs"], *signature["outputs"]}
        missing = {self._tensors.input, *self._tensors.outputs} - given
        if missing:
            raise EngineError(f"{path} has no {sorted(missing)}, but {sorted(given)}")
