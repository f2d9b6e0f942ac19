"""Where a network's graph is rounded in training: where the quantizer of graphs does it.

Weights of convolutions, and the result of every operator with an 8-bit kernel; of a convolution
with an activation, the activation's. Poolings and resizings pass on what they get. So no operator
is left in floats between two others.
"""

import operator
from typing import Any

import torch
from torch import fx, nn
from torchao.quantization.pt2e import allow_exported_model_train_eval
from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
from torchao.quantization.pt2e.quantizer import (
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
)

from lamplighter_recipes.tasks.detection.networks.detector import SIZE_MULTIPLE
from lamplighter_recipes.techniques.quantization.aware.learned_steps import (
    ActivationStep,
    WeightStep,
)

ATEN = torch.ops.aten
CONVOLUTIONS = (ATEN.conv2d.default, ATEN.conv2d.padding, ATEN.convolution.default)
ACTIVATIONS = (
    *(ATEN.relu.default, ATEN.relu_.default, ATEN.leaky_relu.default, ATEN.leaky_relu_.default),
    *(ATEN.hardtanh.default, ATEN.hardtanh_.default, ATEN.relu6.default, ATEN.relu6_.default),
    *(ATEN.hardswish.default, ATEN.hardswish_.default, ATEN.silu.default, ATEN.silu_.default),
    *(ATEN.hardsigmoid.default, ATEN.hardsigmoid_.default, ATEN.sigmoid.default),
)
JOINING = (
    *(ATEN.add.Tensor, ATEN.add_.Tensor, operator.add, ATEN.mul.Tensor, operator.mul),
    *(ATEN.cat.default, ATEN.mean.dim, ATEN.adaptive_avg_pool2d.default),
)
LARGEST_SIDE, LARGEST_BATCH = 64, 256  # of pictures, in multiples of 32 pixels; and of a batch


class GraphQuantizer(Quantizer):
    """Marks what is rounded. `bits`: of the weights, but for the first and the last layers."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self._weights = _spec(
            WeightStep, torch.int8, 2 ** (bits - 1) - 1, torch.per_channel_symmetric
        )
        self._values = _spec(ActivationStep, torch.uint8, 255, torch.per_tensor_affine)

    def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
        """Mark the nodes of an exported network."""
        convolutions = [node for node in model.graph.nodes if node.target in CONVOLUTIONS]
        outer = {convolutions[0], *_last(model.graph)}
        for node in model.graph.nodes:
            if node.target not in (*CONVOLUTIONS, *ACTIVATIONS, *JOINING):
                continue
            weights = node in convolutions and node not in outer
            node.meta["quantization_annotation"] = QuantizationAnnotation(
                input_qspec_map={node.args[1]: self._weights} if weights else {},
                output_qspec=None if _activated(node) else self._values,
                _annotated=True,
            )
        return model

    def validate(self, model: fx.GraphModule) -> None:
        """Nothing that could be marked is forbidden."""


def prepared_graph(network: nn.Module, picture: torch.Tensor, bits: int) -> fx.GraphModule:
    """A network without norms as a graph that rounds, for pictures [N,3,H,W] of every size."""
    side = torch.export.Dim
    height, width = (
        SIZE_MULTIPLE * side(name, min=1, max=LARGEST_SIDE) for name in ("rows", "columns")
    )
    batch = side("batch", min=1, max=LARGEST_BATCH)
    if len(picture) == 1:
        picture = torch.cat([picture, picture])  # of a single one its number would be fixed
    exported = torch.export.export(
        network, (picture,), dynamic_shapes=({0: batch, 2: height, 3: width},)
    )
    graph = prepare_qat_pt2e(exported.module(), GraphQuantizer(bits))
    return allow_exported_model_train_eval(graph)


def _spec(kind: Any, dtype: torch.dtype, largest: int, scheme: torch.qscheme) -> Any:
    return QuantizationSpec(
        dtype=dtype,
        observer_or_fake_quant_ctr=kind.with_args(),
        quant_min=-largest if dtype == torch.int8 else 0,
        quant_max=largest,
        qscheme=scheme,
        ch_axis=0 if dtype == torch.int8 else None,
    )


def _activated(node: fx.Node) -> bool:
    """Whether all that reads a convolution is one activation: one kernel for both."""
    readers = list(node.users)
    return node.target in CONVOLUTIONS and len(readers) == 1 and readers[0].target in ACTIVATIONS


def _last(graph: fx.Graph) -> set[fx.Node]:
    """Nodes that give the results."""
    (output,) = (node for node in graph.nodes if node.op == "output")
    return set(output.all_input_nodes)
