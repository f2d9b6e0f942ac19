"""A PyTorch network, from a function or an exported program: exported once, then not needed."""

import importlib
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT
from lamplighter_wire.rules.sizes import parse_size
from numpy.typing import NDArray

from lamplighter_recipes.errors import ExportError, RecipeError
from lamplighter_recipes.own_models.sources.signature import (
    Interface,
    Signature,
    TensorInfo,
    Written,
)
from lamplighter_recipes.recipe.own_model import GRAPH, litert_file
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.runtimes.onnxruntime.export import OPSET, simplified

if TYPE_CHECKING:
    import torch

PROGRAM = ".pt2"
PICTURE = "picture"


class TorchSource:
    """`source`: `module:function`, or a file that `torch.export.save` wrote."""

    runtime = BASE_RUNTIME

    def __init__(self, source: str, layout: str = "") -> None:
        self._source = source
        self._shape = (0, 0, 0, 3) if layout == "nhwc" else (0, 3, 0, 0)
        self._network: torch.nn.Module | None = None

    def signature(self) -> Signature:
        self._load()
        return Signature([TensorInfo(PICTURE, self._given_shape(), "float32")], [])

    def run(self, picture: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        import torch

        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return {
                    name: value.numpy()
                    for name, value in named(self._load()(torch.from_numpy(picture.copy()))).items()
                }
        except RecipeError:
            raise
        except Exception as error:
            raise RecipeError(
                f"the network fails on a picture {picture.shape}: {error}",
                key="source",
                remedy="give the size and layout that it takes by --size and --layout",
            ) from error

    def write(self, interface: Interface, name: str, weights_dir: Path) -> Written:
        import torch

        torch.set_num_threads(1)
        served = fitted(self._load(), interface)
        _export_onnx(served, interface, weights_dir / f"{name}{GRAPH}")
        if not is_installed(LITERT):
            return Written([BASE_RUNTIME])
        try:
            self._export_litert(served, interface, name, weights_dir)
        except ExportError as error:
            return Written([BASE_RUNTIME], {LITERT: str(error)})
        return Written([BASE_RUNTIME, LITERT])

    def _export_litert(
        self, served: "torch.nn.Module", interface: Interface, name: str, weights_dir: Path
    ) -> None:
        from lamplighter_recipes.runtimes.litert.export import export
        from lamplighter_recipes.runtimes.litert.flatbuffer import file_of

        with tempfile.TemporaryDirectory() as folder:
            artifact = Path(folder)
            export(served, artifact, interface.tensors, interface.sizes)
            for size in interface.sizes:
                target = litert_file(name, size, weights_dir)
                target.write_bytes(file_of(artifact, size).read_bytes())

    def _given_shape(self) -> tuple[int, ...]:
        """As an exported program says it; of a function it is not known."""
        if not self._source.endswith(PROGRAM):
            return self._shape
        import torch

        program = _program(self._source)
        for node in program.graph.nodes:
            value = node.meta.get("val")
            if node.op == "placeholder" and node.name in program.graph_signature.user_inputs:
                shape = tuple(value.shape) if isinstance(value, torch.Tensor) else ()
                return tuple(side if isinstance(side, int) else 0 for side in shape)
        return ()

    def _load(self) -> "torch.nn.Module":
        if self._network is None:
            self._network = _network(self._source)
        return self._network


def _network(source: str) -> "torch.nn.Module":
    import torch

    if source.endswith(PROGRAM):
        return _served_program(source)
    module, _, function = source.partition(":")
    try:
        network = getattr(importlib.import_module(module), function)()
    except Exception as error:
        raise RecipeError(
            f"{source} gives no network: {error!r}",
            key="source",
            remedy="name a function without arguments; PYTHONPATH names the module's folder",
        ) from error
    if not isinstance(network, torch.nn.Module):
        raise RecipeError(
            f"{source} gives {type(network).__name__}, not a torch.nn.Module",
            key="source",
            remedy="return the network itself",
        )
    return network.eval()


def _served_program(path: str) -> "torch.nn.Module":
    """As a module that bears being told to serve: it was exported so."""
    module: torch.nn.Module = _program(path).module()
    module.train = lambda _mode=True: module  # type: ignore[method-assign,assignment]
    return module


def _program(path: str) -> Any:
    import torch

    try:
        return torch.export.load(path)
    except Exception as error:
        raise RecipeError(
            f"is no exported program: {error}", file=path, remedy="write it with torch.export.save"
        ) from error


def named(outputs: Any) -> "dict[str, torch.Tensor]":
    """What a network gives, by name: keys of a dictionary, else 0, 1, …"""
    import torch

    if isinstance(outputs, torch.Tensor):
        return {"0": outputs}
    if isinstance(outputs, Mapping):
        return dict(outputs)
    values = list(outputs)
    if len(values) == 1 and isinstance(values[0], Mapping):  # a list with a dictionary a picture
        return dict(values[0])
    return {str(number): value for number, value in enumerate(values)}


def fitted(network: "torch.nn.Module", interface: Interface) -> "torch.nn.Module":
    """The network from uint8 pictures [N, H, W, 3] to the outputs that the decoder reads."""
    import torch

    class Served(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.scale = torch.nn.Buffer(1 / torch.tensor(interface.std), persistent=False)
            shift = -torch.tensor(interface.mean) / torch.tensor(interface.std)
            self.shift = torch.nn.Buffer(shift, persistent=False)

        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
            values = images.flip(3) if interface.reversed_channels else images
            # Scaled first: the exports would fold the other order into the first convolution, which
            # pads with grey then, and this network was trained otherwise.
            values = values.float() * self.scale + self.shift
            if interface.channels_first:
                values = values.permute(0, 3, 1, 2)
            outputs = named(self.network(values))
            pairs = zip(interface.outputs, interface.ranks, strict=True)
            chosen = [(outputs[name], rank) for name, rank in pairs]
            return tuple(
                v.float()[None] if v.dim() == rank - 1 else v.float() for v, rank in chosen
            )

    return Served().eval()


def _export_onnx(network: "torch.nn.Module", interface: Interface, path: Path) -> None:
    """At any size where there are several, else at that one."""
    import onnx
    import torch

    width, height = parse_size(interface.sizes[0])
    sides = {1: "H", 2: "W"} if len(interface.sizes) > 1 else {}
    axes = {interface.tensors.input: {0: "N", **sides}} if sides else {}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (torch.zeros(1, height, width, 3, dtype=torch.uint8),),
                str(path),
                dynamo=False,
                opset_version=OPSET,
                input_names=[interface.tensors.input],
                output_names=list(interface.tensors.outputs),
                dynamic_axes=axes,
            )
        onnx.save(simplified(onnx.load(path)), path)
    except Exception as error:
        raise ExportError(f"the network cannot be exported to ONNX: {error}") from error
