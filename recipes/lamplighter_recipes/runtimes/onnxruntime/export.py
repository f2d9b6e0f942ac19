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

    N, H and W stay dynamic, and so do the axes of outputs that grow with the picture. The
    normalisation of the pixels is folded into the first convolution.

    Raises:
        ExportError: when torch cannot trace it; says what is missing.
    """
    import torch

    width, height = EXPORT_SIZE
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            axes = {tensors.input: {0: "N", 1: "H", 2: "W"}, **_growing(network.eval(), tensors)}
            torch.onnx.export(
                network,
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


def _growing(network: "torch.nn.Module", tensors: TensorNames) -> dict[str, dict[int, str]]:
    """Of each output the batch's axis, and those that are longer for a larger picture."""
    import torch

    width, height = EXPORT_SIZE
    shapes = []
    for factor in (1, 2):
        outputs = network(torch.zeros(1, factor * height, factor * width, 3, dtype=torch.uint8))
        several = outputs if isinstance(outputs, tuple | list) else (outputs,)
        shapes.append([output.shape for output in several])
    return {
        name: {0: "N"} | {i: f"{name}_{i}" for i, side in enumerate(small) if side != large[i]}
        for name, small, large in zip(tensors.outputs, *shapes, strict=True)
    }


def simplified(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold the constants and drop what nothing reads, so that equal networks give equal files."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.onnx", Path(folder) / "out.onnx"
        onnx.save(model, before)
        quant_pre_process(str(before), str(after), skip_symbolic_shape=True)
        return onnx.load(after)
