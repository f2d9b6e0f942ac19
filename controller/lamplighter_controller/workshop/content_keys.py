"""What a build is kept by: the content of all that decides what comes out of it."""

import hashlib
from pathlib import Path

import msgspec
from lamplighter_recipes.recipe.runtime_facts import tool_versions
from lamplighter_recipes.variants.identity import Materials

from lamplighter_controller.workshop.executors.versions import BUILD_FORMAT
from lamplighter_controller.workshop.file_states import file_sha256
from lamplighter_controller.workshop.offers import Offer


def content_key(offer: Offer, materials: Materials) -> str:
    """SHA-256 in hexadecimal of recipe, parent, machine, pictures and tools."""
    inputs = [
        msgspec.json.encode(offer.recipe),
        offer.card.model_version.encode(),
        offer.card.activations.encode(),
        _file_digest(materials.calibration_dir / "annotations.json"),
        _file_digest(materials.evaluation_dir / "annotations.json"),
        *(v.encode() for v in tool_versions(offer.recipe.runtime).values()),
        BUILD_FORMAT.encode(),
    ]
    return hashlib.sha256(b"\n".join(inputs)).hexdigest()


def _file_digest(path: Path) -> bytes:
    return bytes.fromhex(file_sha256(path)) if path.exists() else b""
