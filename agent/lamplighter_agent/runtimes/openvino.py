"""The engine over OpenVINO: the only module of the agent that imports it."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.openvino_options import (
    GRAPH_FILE,
    PRECISION_INFO,
    compile_options,
    precisions_of,
)
from lamplighter_wire.rules.runtimes import OPENVINO
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, Images, Outputs
from lamplighter_agent.runtimes.runtime import probe_network, version_of

CHANNELS = 3
DEVICE = "CPU"


class OpenVino:
    """A variant is the graph `model.xml` for pictures of any size, and its weights beside it."""

    name = OPENVINO

    def version(self) -> str:
        return version_of("openvino")

    def precisions(self) -> tuple[str, ...]:
        return precisions_of(core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES"))

    def open(
        self,
        folder: Path,
        tensors: TensorNames,
        threads: int,
        session_config: Mapping[str, str],  # noqa: ARG002 - entries of other runtimes
    ) -> Engine:
        return OpenVinoEngine(folder / GRAPH_FILE, tensors, threads)

    def probe_run(
        self,
        network: str,
        threads: int,
        session_config: Mapping[str, str],  # noqa: ARG002
    ) -> Callable[[], object]:
        kind, _, precision = network.partition("_")
        of_bits = Precision.FP32 if precision == Precision.BF16 else precision
        model = read_model(probe_network(f"{kind}_{of_bits}.onnx"))
        request = create_request(model, threads, precision)
        picture = np.random.default_rng(0).random(request.input_tensors[0].shape, np.float32)
        return lambda: request.infer({0: picture})


@cache
def core() -> Any:
    """OpenVINO's one object of a process.

    Raises:
        EngineError: it does not load.
    """
    try:
        import openvino

        return openvino.Core()
    except Exception as error:
        raise EngineError(f"OpenVINO does not load: {error}") from error


def read_model(source: Path | bytes) -> Any:
    """A network that is not compiled yet.

    Raises:
        EngineError: it is missing or damaged.
    """
    name = "model" if isinstance(source, bytes) else str(source)
    try:
        return core().read_model(source)
    except Exception as error:
        raise EngineError(f"cannot load {name}: {_last_line(error)}") from error


def create_request(model: Any, threads: int, precision: str) -> Any:
    """A network, compiled for the shapes that it has.

    Raises:
        EngineError: it needs what this runtime or processor lacks.
    """
    try:
        compiled = core().compile_model(model, DEVICE, compile_options(threads, precision))
        return compiled.create_infer_request()
    except Exception as error:
        raise EngineError(f"cannot compile the network: {_last_line(error)}") from error


class OpenVinoEngine:
    """A network in OpenVINO. It is compiled for a size with the first picture of that size, for
    fixed shapes are a tenth quicker than open ones.

    Raises:
        EngineError: the network cannot be read, or lacks one of the `tensors`.
    """

    def __init__(self, path: Path, tensors: TensorNames, threads: int = 1) -> None:
        self._tensors, self._threads = tensors, max(threads, 1)
        self._model: Any = read_model(path)
        self._precision = precision_of(self._model)
        self._requests: dict[str, Any] = {}
        ports = [*self._model.inputs, *self._model.outputs]
        given = {name for port in ports for name in port.names}
        missing = {tensors.input, *tensors.outputs} - given
        if missing:
            raise EngineError(f"{path} has no {sorted(missing)}, but {sorted(given)}")

    @property
    def threads(self) -> int:
        return self._threads

    def infer(self, images: Images) -> Outputs:
        if self._model is None:
            raise EngineError("the engine is closed")
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != CHANNELS:
            raise EngineError(f"{images.dtype} {images.shape} are no pictures")
        request = self._request(images.shape[2], images.shape[1])
        try:
            results = [self._one(request, image[None]) for image in images]
        except Exception as error:
            text = f"inference failed on {images.shape}: {_last_line(error)}"
            raise EngineError(text) from error
        return {name: np.concatenate([r[name] for r in results]) for name in self._tensors.outputs}

    @property
    def loaded(self) -> Collection[str]:
        return self._requests.keys()

    def keep_sizes(self, sizes: Collection[str]) -> None:
        self._requests = {size: one for size, one in self._requests.items() if size in sizes}

    def close(self) -> None:
        self._model, self._requests = None, {}

    def _one(self, request: Any, image: Images) -> Outputs:
        request.infer({self._tensors.input: image})
        return {name: request.get_tensor(name).data.copy() for name in self._tensors.outputs}

    def _request(self, width: int, height: int) -> Any:
        size = size_key(width, height)
        if size not in self._requests:
            shape, fixed = [1, height, width, CHANNELS], self._model.clone()
            try:
                fixed.reshape({self._tensors.input: shape})
            except Exception as error:
                text = f"the network takes no pictures of {shape}: {_last_line(error)}"
                raise EngineError(text) from error
            self._requests[size] = create_request(fixed, self._threads, self._precision)
        return self._requests[size]


def precision_of(model: Any) -> str:
    """What a network is to be computed in, as its graph says."""
    path = list(PRECISION_INFO)
    return str(model.get_rt_info(path).value) if model.has_rt_info(path) else Precision.FP32.value


def _last_line(error: Exception) -> str:
    """Of its messages the first lines are places in its own source."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
