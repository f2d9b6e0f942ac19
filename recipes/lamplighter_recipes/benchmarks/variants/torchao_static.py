"""torchao's own quantization of a network (PT2E, its quantizer for x86), as a graph of onnxruntime.

torchao's x86 kernels are those of torch's compiler, which no device has; what it makes leaves torch
through torch's newer exporter alone.
"""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.runtimes.quiet import quiet

if TYPE_CHECKING:
    from torch import nn

    from lamplighter_recipes.benchmarks.variants.baselines import Calibration

OPSET = 21  # the first with 8-bit weights in every operator that torchao writes
LARGEST_BATCH = 64
PROGRAM = "program-{size}.pt2"
NAMES = "names"  # of the input and the outputs, kept in the program's file


def exported_program(parent: Parent, size: str) -> Path:
    """The parent's network as torch exports it for pictures of one size; made once."""
    path = parent.folder / PROGRAM.format(size=size)
    if not path.exists():
        names = [parent.tensors.input, *parent.tensors.outputs]
        save_program(parent.network(BASE_RUNTIME), size, names, path)
    return path


def save_program(network: "nn.Module", size: str, names: Sequence[str], path: Path) -> None:
    """Write a network of uint8 [N,H,W,3]; `names` are those of its input and outputs."""
    import torch

    width, height = parse_size(size)
    example = torch.zeros(2, height, width, 3, dtype=torch.uint8)  # of one N would be fixed
    program = torch.export.export(network.eval(), (example,), dynamic_shapes=({0: _batch()},))
    torch.export.save(program, path, extra_files={NAMES: json.dumps(list(names))})


def torchao_static(source: Path, target: Path, calibration: "Calibration") -> None:
    """Quantize a program on the pictures, as torchao's documentation does it, and export it."""
    import torch
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
        X86InductorQuantizer,
        get_default_x86_inductor_quantization_config,
    )

    extra = {NAMES: ""}
    program = torch.export.load(source, extra_files=extra)
    (example,), _ = program.example_inputs
    quantizer = X86InductorQuantizer().set_global(get_default_x86_inductor_quantization_config())
    with quiet(), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        prepared = prepare_pt2e(program.module(), quantizer)
        size = f"{example.shape[2]}x{example.shape[1]}"
        for picture in calibration.pictures(size):
            prepared(torch.from_numpy(picture))
        _to_onnx(convert_pt2e(prepared), example, json.loads(extra[NAMES]), target)


def _to_onnx(graph: Any, example: Any, names: list[str], target: Path) -> None:
    import torch

    torch.onnx.export(
        graph,
        (example,),
        str(target),
        dynamo=True,
        opset_version=OPSET,
        input_names=names[:1],
        output_names=names[1:],
        dynamic_shapes=({0: _batch()},),
        external_data=False,
        verbose=False,
    )


def _batch() -> Any:
    import torch

    return torch.export.Dim("batch", min=1, max=LARGEST_BATCH)
