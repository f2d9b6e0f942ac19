"""8-bit models of ExecuTorch by XNNPACK's quantizer, calibrated on pictures."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from lamplighter_wire.rules.sizes import size_key

from lamplighter_recipes.runtimes.executorch.environment import lower
from lamplighter_recipes.runtimes.executorch.runtime import model_file, program_file
from lamplighter_recipes.runtimes.runtime import Images


def quantize_artifact(source: Path, target: Path, pictures: Iterable[Images]) -> None:
    """Write the 8-bit form of every size that there are pictures of."""
    target.mkdir(parents=True, exist_ok=True)
    by_size: dict[str, list[Images]] = {}
    for picture in pictures:
        by_size.setdefault(size_key(picture.shape[2], picture.shape[1]), []).append(picture)
    for size, chosen in by_size.items():
        if not program_file(source, size).exists():
            continue
        shutil.copy(program_file(source, size), program_file(target, size))
        with tempfile.TemporaryDirectory() as folder:
            stacked = Path(folder) / "pictures.npy"
            np.save(stacked, np.concatenate(chosen))
            lower(program_file(source, size), model_file(target, size), stacked)
