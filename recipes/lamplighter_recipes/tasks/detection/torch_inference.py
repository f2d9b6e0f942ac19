"""Runs a torch detector as the evaluation asks for."""

import numpy as np
import torch
from numpy.typing import NDArray

from lamplighter_recipes.tasks.evaluator import Infer


def torch_infer(detector: torch.nn.Module) -> Infer:
    """A torch detector as a function from images to scores and distances."""

    @torch.no_grad()
    def infer(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        scores, distances = detector(torch.from_numpy(images))
        return {"scores": scores.numpy(), "distances": distances.numpy()}

    return infer
