"""Anchors of an SSD from a TOML file: listed, or by the rule of TensorFlow's detectors."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_wire.decoders.decoder import Prior

from lamplighter_recipes.errors import RecipeError

PAGE = "docs/how-to/bring-your-own-model.md"


class Anchors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `priors` by feature map, or the rule's figures.

    Attributes:
        strides: of the feature maps, in the order of the rows.
        priors: [width, height] in fractions of the picture, for each anchor of a cell.
        min_scale, max_scale, aspect_ratios, reduced_first: of `ssd_anchor_generator`.
        variances: what encoded places and sizes are multiplied by.
    """

    strides: list[int]
    priors: list[list[Prior]] = []
    min_scale: float = 0.2
    max_scale: float = 0.95
    aspect_ratios: tuple[float, ...] = (1.0, 2.0, 0.5, 3.0, 1 / 3)
    reduced_first: bool = True
    variances: tuple[float, float] = (0.1, 0.2)

    def by_map(self) -> tuple[tuple[Prior, ...], ...]:
        """The anchors of a cell, by feature map."""
        if self.priors:
            return tuple(tuple(priors) for priors in self.priors)
        return tuple(self._by_rule(number) for number in range(len(self.strides)))

    def _by_rule(self, number: int) -> tuple[Prior, ...]:
        scale, following = self._scale(number), self._scale(number + 1)
        if number == 0 and self.reduced_first:
            return (_prior(0.1, 1.0), _prior(scale, 2.0), _prior(scale, 0.5))
        between = _prior((scale * following) ** 0.5, 1.0)
        return (*(_prior(scale, ratio) for ratio in self.aspect_ratios), between)

    def _scale(self, number: int) -> float:
        steps = len(self.strides) - 1
        if number > steps or not steps:
            return 1.0
        return self.min_scale + (self.max_scale - self.min_scale) * number / steps


def read_anchors(path: Path) -> Anchors:
    """The anchors that a file describes.

    Raises:
        RecipeError: it is missing or not in order.
    """
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        anchors = msgspec.convert(content, Anchors)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RecipeError(
            str(error), file=str(path), key="anchors", remedy=f"see {PAGE}"
        ) from error
    if anchors.priors and len(anchors.priors) != len(anchors.strides):
        raise RecipeError(
            f"{len(anchors.strides)} strides, but priors of {len(anchors.priors)} feature maps",
            file=str(path),
            key="priors",
            remedy="list as many as there are strides",
        )
    return anchors


def _prior(scale: float, ratio: float) -> Prior:
    return Prior(round(scale * ratio**0.5, 6), round(scale / ratio**0.5, 6))
