"""Which variants a site is offered, with what is known of their parents there."""

from collections.abc import Iterable, Mapping

import msgspec
from lamplighter_wire.rules.sizes import pixels

from lamplighter_controller.domain.variants import VariantSpec

AccuracyTable = Mapping[str, Mapping[str, float]]
"""Size -> regime -> the task's metric."""
SiteAccuracy = Mapping[str, AccuracyTable]
"""Parent and version ("name@version") -> what it does at a site."""


def offered_at(
    specs: Iterable[VariantSpec], site: str, accuracy: SiteAccuracy
) -> list[VariantSpec]:
    """The variants for a site; those of other sites are left out.

    What the work on a site's parent has found of their parents there stands for an evaluation of
    their own (`VariantSpec.site_ap50`), where they have none.
    """
    fitting = (spec for spec in specs if spec.site in ("", site))
    return [_with_accuracy(spec, site, accuracy) for spec in fitting]


def _with_accuracy(spec: VariantSpec, site: str, accuracy: SiteAccuracy) -> VariantSpec:
    table = accuracy.get(f"{spec.parent}@{spec.model_version}")
    if not table or spec.calibration or site in spec.site_ap50:
        return spec
    sizes = spec.sizes or list(spec.expected_ap50)
    own = {size: dict(_row(table, size)) for size in sizes}
    return msgspec.structs.replace(spec, site_ap50=spec.site_ap50 | {site: own})


def _row(table: AccuracyTable, size: str) -> Mapping[str, float]:
    """Of a size that was not measured: of the largest smaller one, which it does no worse than; or
    a share of the smallest, by its pixels."""
    if size in table:
        return table[size]
    ordered = sorted(table, key=pixels)
    below = [measured for measured in ordered if pixels(measured) <= pixels(size)]
    if below:
        return table[below[-1]]
    share = pixels(size) / pixels(ordered[0])
    return {regime: value * share for regime, value in table[ordered[0]].items()}
