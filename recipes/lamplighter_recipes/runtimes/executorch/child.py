"""Runs in the environment of ExecuTorch, which is not this project's: it imports nothing of ours.

`python child.py lower PROGRAM TARGET [PICTURES]` makes a `.pte` of an exported program, in 8 bits
where pictures uint8 [n,H,W,3] are given to calibrate on. `python child.py serve MODEL` answers each
picture (`.npy`) on its standard input with its outputs (`.npz`), both behind 8 bytes of length.
"""

import io
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


def lower(program: str, target: str, pictures: str = "") -> None:
    """Delegate what XNNPACK computes, and write the rest as portable operators."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    torch.set_num_threads(1)
    exported = torch.export.load(program)
    if pictures:
        exported = quantized(exported, np.load(pictures))
    edge = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    Path(target).write_bytes(edge.to_executorch().buffer)


def quantized(exported: Any, pictures: np.ndarray) -> Any:
    """Per output channel, with the ranges of activations over the pictures."""
    import torch
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer()
    quantizer.set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(exported.module(), quantizer)
    with torch.no_grad():
        for picture in torch.from_numpy(pictures):
            prepared(picture[None])
        return torch.export.export(convert_pt2e(prepared), (torch.from_numpy(pictures[:1]),))


def serve(model: str) -> None:
    """Answer until the input ends."""
    import torch
    from executorch.runtime import Runtime

    torch.set_num_threads(1)
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print does not get between the answers
    method = Runtime.get().load_program(model).load_method("forward")
    while head := given.read(8):
        picture = np.load(io.BytesIO(given.read(int.from_bytes(head, "little"))))
        outputs = method.execute([torch.from_numpy(picture)])
        write(answers, [output.numpy() for output in outputs])


def write(stream: BinaryIO, outputs: list[np.ndarray]) -> None:
    """One answer."""
    data = io.BytesIO()
    np.savez(data, *outputs)
    stream.write(len(data.getvalue()).to_bytes(8, "little") + data.getvalue())
    stream.flush()


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    if kind == "lower":
        lower(*arguments)
    else:
        serve(*arguments)
