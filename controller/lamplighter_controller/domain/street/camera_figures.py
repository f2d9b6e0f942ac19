"""Variants of one parent find the same road users: what was measured of one, by height, is taken
for the others too. Between the float graph and its 8-bit forms lie 0.8 points at most."""

from collections.abc import Sequence

import msgspec

from lamplighter_controller.domain.variants import VariantSpec


def with_camera_figures(specs: Sequence[VariantSpec]) -> list[VariantSpec]:
    """The same variants; one that was not measured has the figures of the likest of its parent."""
    return [spec if spec.camera_figures else _as_sibling(spec, specs) for spec in specs]


def _as_sibling(spec: VariantSpec, specs: Sequence[VariantSpec]) -> VariantSpec:
    parent = spec.task, spec.parent, spec.model_version
    measured = [
        other
        for other in specs
        if spec.parent
        and other.camera_figures
        and (other.task, other.parent, other.model_version) == parent
    ]
    likest = max(measured, key=lambda one: (one.precision == spec.precision, one.id), default=None)
    figures = likest.camera_figures if likest else None
    return msgspec.structs.replace(spec, camera_figures=figures) if figures else spec
