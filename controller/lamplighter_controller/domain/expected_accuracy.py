"""What accuracy to expect of variants where a device stands, and what that rests on.

A catalogue's figures were measured on one street. Where a variant was measured on pictures of the
device's own site, those figures count. Everywhere else it is another street: every network loses
there, and a small one more than a large one, so that the better of two points at home may be the
worse one. How much it loses is the mean over streets that no training saw; how far that may be out
is the least and the most of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from lamplighter_wire.rules.accuracy import PICTURES, headline
from lamplighter_wire.rules.sizes import pixels

from lamplighter_controller.domain.variants import Shares, SiteShare, VariantSpec

ANOTHER_STREET, OWN_EVALUATION = "another street", "own evaluation"

T = TypeVar("T")


def at_site(specs: Sequence[VariantSpec], site: str) -> list[VariantSpec]:
    """The same variants with the accuracy that is expected of each at a site; empty: not known.

    One that was measured on no unseen street is expected to lose there as one of the same parent
    does, else as the one of its task that loses most: that it generalises better is not proven.
    """
    measured = {spec.id: shares for spec in specs if (shares := _street_shares(spec))}
    of_parent = {_parent(spec): measured[spec.id] for spec in specs if spec.id in measured}
    most_lost = {t: _most_lost(specs, measured, t) for t in {spec.task for spec in specs}}
    return [
        _by_own_evaluation(spec, site)
        or _elsewhere(
            spec,
            measured.get(spec.id) or of_parent.get(_parent(spec)) or most_lost[spec.task],
        )
        for spec in specs
    ]


def _most_lost(specs: Sequence[VariantSpec], measured: Mapping[str, Shares], task: str) -> Shares:
    """Of the variants of a task: what one task's networks lose says nothing of another's."""
    of_task: list[Shares] = [
        measured[spec.id] for spec in specs if spec.task == task and spec.id in measured
    ]
    return min(of_task, key=_mean_share) if of_task else {}


def _parent(spec: VariantSpec) -> tuple[str, str]:
    return spec.parent, spec.model_version


def _street_shares(spec: VariantSpec) -> dict[str, SiteShare]:
    """What is left on unseen streets of the tabled headline, at each size that was measured."""
    shares = {}
    for size, row in spec.expected_ap50.items():
        home = headline(row)
        streets = [by_size[size] for by_size in spec.street_ap50.values() if size in by_size]
        if home and streets:
            mean = sum(streets) / len(streets) / home
            shares[size] = SiteShare(ANOTHER_STREET, mean, min(streets) / home, max(streets) / home)
    return shares


def _mean_share(shares: Shares) -> float:
    return sum(one.share for one in shares.values()) / len(shares)


def _by_own_evaluation(spec: VariantSpec, site: str) -> VariantSpec | None:
    """By what was measured at the site, other sizes in proportion; None where nothing was."""
    own = spec.site_ap50.get(site) if site else None
    if not own:
        return None
    shares = {
        size: SiteShare(OWN_EVALUATION, (headline(row) or 0.0) / home)
        for size, row in own.items()
        if (home := headline(spec.expected_ap50.get(size, {})))
    }
    scaled = _scaled(spec, shares)
    return msgspec.structs.replace(
        scaled, expected_ap50=scaled.expected_ap50 | own, measured_on=PICTURES
    )


def _elsewhere(spec: VariantSpec, shares: Shares) -> VariantSpec:
    return _scaled(spec, shares or dict.fromkeys(spec.expected_ap50, SiteShare(ANOTHER_STREET)))


def _scaled(spec: VariantSpec, shares: Shares) -> VariantSpec:
    """Each size's figures times its share, or that of the nearest size that has one."""
    if not shares:
        return spec
    at_sizes = {size: _nearest(shares, size) for size in spec.expected_ap50}
    return msgspec.structs.replace(
        spec,
        at_sizes=at_sizes,
        expected_ap50=_times(spec.expected_ap50, at_sizes),
        class_map50=_times(spec.class_map50, at_sizes),
    )


def _times(table: Mapping[str, Mapping[str, float]], shares: Shares) -> dict[str, dict[str, float]]:
    return {
        size: {regime: ap50 * shares[size].share for regime, ap50 in row.items()}
        for size, row in table.items()
        if size in shares
    }


def _nearest(table: Mapping[str, T], size: str) -> T:
    sizes: Iterable[str] = sorted(table)
    return table[min(sizes, key=lambda known: abs(pixels(known) - pixels(size)))]
