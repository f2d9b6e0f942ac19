"""Golden answers: what a variant answers to test pictures, for the device to reproduce."""

from pathlib import Path

from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.tasks.evaluator import Evaluator, Infer, answer_to
from lamplighter_recipes.tasks.frame_set import read_resized
from lamplighter_recipes.variants.figures import GoldenAnswer

DIGITS = 4


def golden_answers(
    evaluator: Evaluator, infer: Infer, folder: Path, size: str
) -> list[GoldenAnswer]:
    """What the graph answers to each golden picture at a size."""
    width, height = parse_size(size)
    pictures = sorted(folder.glob("*.jpg"))
    answers = [answer_to(evaluator, infer, read_resized(p, width, height)) for p in pictures]
    return [
        GoldenAnswer(
            image=path.name,
            width=width,
            height=height,
            boxes=[[round(float(value), DIGITS) for value in row] for row in answer],
        )
        for path, answer in zip(pictures, evaluator.golden(answers), strict=True)
    ]
