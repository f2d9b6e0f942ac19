"""What accuracy to expect of variants before one device's cameras.

Where an operator has brought labels of its pictures, what was measured on them counts; else what
was measured on pictures of its site, if anything was. Elsewhere what the device has seen says it:
how tall its road users stand says how hard they are to see, and each variant was measured by that
on labelled pictures of other cameras. How well the point that serves agrees with another one that
the device holds says what heights do not: of the same road users, some stand before a worse
background than others.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.street.height_curves import ap50_over

from lamplighter_controller.domain.expected_accuracy import OWN_EVALUATION
from lamplighter_controller.domain.street.labelled import LabelledAccuracy
from lamplighter_controller.domain.street.seen_streets import (
    SeenStreet,
    points_of,
    seen_street,
    within,
)
from lamplighter_controller.domain.street.sights import Sights
from lamplighter_controller.domain.variants import (
    BY_LABELS,
    SiteShare,
    SizedVariant,
    VariantSpec,
)

BY_HEIGHTS = "this camera, by heights"
BY_AGREEMENT = "this camera, by heights and agreement"
AS_OTHERS = "this camera, as other points"
# Of a normal distribution, 95 % lie within so many deviations.
BAND = 2.0


class _Expected(NamedTuple):
    """`low` and `high`: the least and the most; 0: not told."""

    basis: str
    ap50: float
    low: float = 0.0
    high: float = 0.0


BySize = Mapping[str, _Expected]
# Of each variant in one regime.
InRegime = list[BySize]


def at_camera(
    specs: Sequence[VariantSpec], sights: Sights, labelled: Sequence[LabelledAccuracy] = ()
) -> list[VariantSpec]:
    """The same variants, in each regime of which enough was seen, or something measured.

    A point that nothing is known of is expected to lose there as the others of its task do.
    """
    points, known = points_of(specs), dict[str, InRegime]()
    for regime in sorted({sight.regime for sight in sights}):
        street = seen_street(points, [one for one in sights if one.regime == regime])
        if street is not None:
            seen = [_seen(spec, regime, street) for spec in specs]
            elsewhere = [_elsewhere(spec, regime) for spec in specs]
            known[regime] = _completed(specs, seen, elsewhere)
    for regime in sorted({one.regime for one in labelled}):
        measured = [_measured(spec, regime, labelled) for spec in specs]
        before = _usual(specs, regime, known.get(regime))
        known[regime] = _completed(specs, measured, before, known.get(regime))
    return [
        _with(spec, {regime: rows[place] for regime, rows in known.items() if rows[place]})
        for place, spec in enumerate(specs)
    ]


def _seen(spec: VariantSpec, regime: str, street: SeenStreet) -> dict[str, _Expected]:
    """By size, of one that was measured by height elsewhere."""
    figures = spec.camera_figures
    if figures is None or spec.task != street.task or spec.calibration not in ("", regime):
        return {}
    basis = BY_HEIGHTS if street.spread is None else BY_AGREEMENT
    found = {}
    for size in spec.expected_ap50:
        rates = spec.rates_in(size, regime)
        if rates is not None and size in _elsewhere(spec, regime):
            line = figures.by_heights[size]
            usual = within(line.at(ap50_over(rates, street.users), regime))
            ap50 = within(1 - (1 - usual) * street.lack)
            reach = BAND * (line.spread if street.spread is None else street.spread)
            found[size] = _Expected(basis, ap50, within(ap50 - reach), within(ap50 + reach))
    return found


def _measured(
    spec: VariantSpec, regime: str, labelled: Sequence[LabelledAccuracy]
) -> dict[str, _Expected]:
    """By size, of one that was measured on labels."""
    return {
        one.size: _Expected(BY_LABELS, within(one.ap50), one.low, one.high)
        for one in labelled
        if (one.variant, one.regime) == (spec.id, regime) and _ap50(spec, one.size, regime)
    }


def _elsewhere(spec: VariantSpec, regime: str) -> dict[str, float]:
    """What is expected of each size that was not measured at the site itself."""
    return {
        size: ap50
        for size in spec.expected_ap50
        if _sized(spec, size).at_site.basis != OWN_EVALUATION
        and (ap50 := _ap50(spec, size, regime))
    }


def _usual(
    specs: Sequence[VariantSpec], regime: str, known: InRegime | None = None
) -> list[dict[str, float]]:
    """What is expected of each size so far: by what is known already, else as elsewhere."""
    tables = [
        {size: ap50 for size in spec.expected_ap50 if (ap50 := _ap50(spec, size, regime))}
        for spec in specs
    ]
    return [
        table | {size: one.ap50 for size, one in by_size.items()}
        for table, by_size in zip(tables, known or [{}] * len(tables), strict=True)
    ]


def _completed(
    specs: Sequence[VariantSpec],
    told: Sequence[BySize],
    usual: Sequence[Mapping[str, float]],
    known: InRegime | None = None,
) -> InRegime:
    """With those that nothing is told of: they miss there more or less, as the others do."""
    tasks = {spec.task for spec, by_size in zip(specs, told, strict=True) if by_size}
    if not tasks:
        return list(known or [{}] * len(specs))
    ratio = float(
        np.mean(
            [
                (1 - one.ap50) / (1 - within(before[size]))
                for by_size, before in zip(told, usual, strict=True)
                for size, one in by_size.items()
            ]
        )
    )
    return [
        {
            size: by_size.get(size) or _Expected(AS_OTHERS, within(1 - (1 - ap50) * ratio))
            for size, ap50 in before.items()
        }
        if spec.task in tasks
        else {}
        for spec, by_size, before in zip(specs, told, usual, strict=True)
    ]


def _with(spec: VariantSpec, expected: Mapping[str, BySize]) -> VariantSpec:
    """The variant with what is expected of its sizes in some regimes; itself, if that is none."""
    if not expected:
        return spec
    ap50, classes = _copied(spec.expected_ap50), _copied(spec.class_map50)
    shares: dict[str, dict[str, SiteShare]] = {}
    for regime, by_size in expected.items():
        for size, one in by_size.items():
            before = _ap50(spec, size, regime)
            tabled = before / _sized(spec, size).share_in(regime).share
            told = (value / tabled for value in (one.ap50, one.low, one.high))
            shares.setdefault(size, {})[regime] = SiteShare(one.basis, *told)
            ap50[size][regime] = one.ap50
            if regime in classes.get(size, {}):
                classes[size][regime] *= one.ap50 / before
    return msgspec.structs.replace(spec, expected_ap50=ap50, class_map50=classes, at_cameras=shares)


def _copied(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {size: dict(row) for size, row in table.items()}


def _sized(spec: VariantSpec, size: str) -> SizedVariant:
    return spec.at(*parse_size(size))


def _ap50(spec: VariantSpec, size: str, regime: str) -> float:
    """As it is expected elsewhere; 0 where nothing is."""
    return _sized(spec, size).ap50_in(regime) or 0.0
