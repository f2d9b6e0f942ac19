"""What a network costs beyond its arithmetic where that was never measured: what others cost.

Conversions, resizing and narrow layers take a time of their own. Of the two shipped parents, one
with four times the other's multiply-accumulates, its amount differs by less than a third in fp32
and in LiteRT; in 8 bits elsewhere it differs more. So of a network that nobody has measured, such
as one that a user brings, the same amount is expected as of the measured one nearest in work: a
first guess, and nearer than none.
"""

import math
from collections.abc import Sequence

import msgspec
from lamplighter_wire.rules.sizes import parse_size, pixels

from lamplighter_controller.domain.variants import VariantSpec


def with_expected_work(specs: Sequence[VariantSpec]) -> list[VariantSpec]:
    """The same variants; those whose extra work was never measured know what to expect."""
    measured = [spec for spec in specs if spec.extra_work]
    return [spec if spec.extra_work else _expecting(spec, measured) for spec in specs]


def _expecting(spec: VariantSpec, measured: Sequence[VariantSpec]) -> VariantSpec:
    like = [other for other in measured if _kind(other) == _kind(spec)]
    if not like:
        return spec
    expected = {
        sized.size: _extra_mmac(like, width, height, work) / work
        for width, height in spec.resolutions
        if (work := _work(spec, width, height)) and (sized := spec.at(width, height))
    }
    return msgspec.structs.replace(spec, expected_extra_work=expected)


def _kind(spec: VariantSpec) -> tuple[str, str, str]:
    return spec.task, spec.runtime, spec.precision


def _work(spec: VariantSpec, width: int, height: int) -> float:
    sized = spec.at(width, height)
    return sized.dense_mmac + sized.depthwise_mmac


def _extra_mmac(like: Sequence[VariantSpec], width: int, height: int, work: float) -> float:
    """That of the network nearest in work, at the size; no less than at its smaller sizes, for
    figures are cut off at nothing where a network is quicker than the probe's."""

    def distance(other: VariantSpec) -> tuple[float, str]:
        return abs(math.log((_work(other, width, height) or 1e-9) / work)), other.id

    nearest = min(like, key=distance)
    tabled = [parse_size(size) for size in nearest.extra_work if pixels(size) < width * height]
    return max(
        (nearest.at(*size).extra_work or 0.0) * _work(nearest, *size)
        for size in [(width, height), *tabled]
    )
