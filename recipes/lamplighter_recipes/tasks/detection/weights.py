"""Parents on disk: fp16 tensors in safetensors beside a JSON card with widths and provenance."""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from lamplighter_wire.files import write_atomically
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.evaluation import OVERALL
from lamplighter_recipes.tasks.detection.networks.detector import DetectionNetwork, Detector
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import (
    MobileNetV3Architecture,
    MobileNetV3Detector,
    fold_norms,
)
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet, NanoDetArchitecture

ALL_REGIMES = "all"  # what cards may have in place of OVERALL


def save_parent(
    detector: Detector, name: str, weights_dir: Path, card: dict[str, Any] | None = None
) -> Path:
    """Write `<name>.safetensors` (fp16) and `<name>.json`; return the JSON's path.

    Each file appears whole or not at all.

    `card` holds provenance: seed, command, training minutes, accuracy. Batch norms are put into
    the convolutions before them.
    """
    net = copy.deepcopy(detector.net)
    fold_norms(net)
    tensors = {
        key: value.detach().to("cpu", torch.float16).contiguous()
        for key, value in net.state_dict().items()
    }
    content = {
        "name": name,
        "family": net.family,
        "parameters": sum(value.numel() for value in tensors.values()),
        "architecture": net.architecture.to_json(),
        **(card or {}),
    }
    text = json.dumps(content, indent=2) + "\n"
    path = weights_dir / f"{name}.json"
    write_atomically(weights_dir / f"{name}.safetensors", [save(tensors)])
    write_atomically(path, [text.encode()])
    return path


def load_card(name: str, weights_dir: Path) -> dict[str, Any]:
    """Read a parent's JSON card; figures over all regimes are under `OVERALL`.

    Raises:
        RecipeError: when the file is missing or not a JSON object.
    """
    path = weights_dir / f"{name}.json"
    try:
        card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise RecipeError(f"parent {name!r}: cannot read {path}: {error}") from error
    if not isinstance(card, dict) or "architecture" not in card:
        raise RecipeError(f"parent {name!r}: {path} has no key 'architecture'")
    tables = {size: _with_overall(table) for size, table in card.get("accuracy", {}).items()}
    return {**card, "accuracy": tables} if tables else card


def _with_overall(table: dict[str, Any]) -> dict[str, Any]:
    """A table by regime in which what holds over all of them is under `OVERALL`."""
    return {OVERALL if regime == ALL_REGIMES else regime: row for regime, row in table.items()}


def load_parent(name: str, weights_dir: Path) -> Detector:
    """Build the detector described by `<name>.json` and load its weights, in eval mode.

    Raises:
        RecipeError: when a file is missing, damaged, or does not fit the architecture, or the card
            names a family that is not known here.
    """
    card = load_card(name, weights_dir)
    net = _built(name, card)
    path = weights_dir / f"{name}.safetensors"
    try:
        tensors = load_file(path)
        net.load_state_dict({key: value.float() for key, value in tensors.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise RecipeError(f"parent {name!r}: {path} cannot be loaded: {error}") from error
    return Detector(net).eval()


def _built(name: str, card: dict[str, Any]) -> DetectionNetwork:
    family, widths = card.get("family", NanoDet.family), card["architecture"]
    if family == NanoDet.family:
        return NanoDet(NanoDetArchitecture.from_json(widths))
    if family == MobileNetV3Detector.family:
        return MobileNetV3Detector(MobileNetV3Architecture.from_json(widths))
    raise RecipeError(f"parent {name!r}: {family!r} is no family of detectors that is known here")
