"""From a torch network to an ONNX graph that onnxruntime serves."""

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import ExportError
from lamplighter_recipes.runtimes.onnxruntime.graph import absorb_normalisation

if TYPE_CHECKING:
    import torch

OPSET = 17
EXPORT_SIZE = (128, 96)  # width, height of the example; all three axes stay dynamic


def export(network: "torch.nn.Module", path: Path, tensors: TensorNames) -> None:
    """Write a network as an ONNX graph: uint8 [N,H,W,3] to its outputs, at any size.

    The normalisation of the pixels is folded into the first convolution.

    Raises:
        ExportError: when torch cannot trace it; says what is missing.
    """
    import torch

    width, height = EXPORT_SIZE
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    axes = {tensors.input: {0: "N", 1: "H", 2: "W"}}
    axes |= {name: {0: "N", 1: "A"} for name in tensors.outputs}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network.eval(),
                (example,),
                str(path),
                dynamo=False,  # 0.3 s instead of 3 s, and the same speed afterwards
                opset_version=OPSET,
                input_names=[tensors.input],
                output_names=list(tensors.outputs),
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
