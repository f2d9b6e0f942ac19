"""Why counts are not those of a whole interval, and what is to be known beside them. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from lamplighter_client.documents.street.intervals import UNPROVEN

from lamplighter_controller.domain.street.intervals import StreetInterval
from lamplighter_controller.domain.variants import MEASURED, VariantSpec

# Seconds of an interval that may be missing before it counts as incomplete: windows straddle.
COMPLETE_SHARE = 0.95


def trouble_of(
    interval: StreetInterval, interval_s: float, others_s: float = 0.0, late_s: float = 0.0
) -> str:
    """Why its counts are not those of the whole interval, in words; empty where they are.

    others_s: for how long other versions of the lines were in force in it.
    late_s: seconds at its end that may still be told, of one that is not over.
    """
    tolerated_s = (1 - COMPLETE_SHARE) * interval_s + late_s
    if interval_s - interval.watched_s <= tolerated_s:
        return ""
    parts = []
    missing_s = interval_s - interval.watched_s - others_s
    if missing_s > tolerated_s:
        whole = f"{missing_s:.0f} s are missing" if interval.watched_s else "nothing was watched"
        parts.append(f"{whole}: {'; '.join(_reasons(interval, missing_s, tolerated_s))}")
    if others_s:
        parts.append(f"lines changed: others were in force for {others_s:.0f} s")
    return "; ".join(parts) or f"{interval_s - interval.watched_s:.0f} s are missing"


def others_s(interval: StreetInterval, same_start: Sequence[StreetInterval]) -> float:
    """Seconds of which the other versions of the lines tell, of intervals that begin with it."""
    return sum(
        one.told_s
        for one in same_start
        if one.stream == interval.stream and one.street != interval.street
    )


def notes_of(interval: StreetInterval, unproven: Collection[str]) -> list[str]:
    """What is to be known beside the counts, which are whole all the same.

    unproven: regimes in which the counts of what served were never measured.
    """
    notes = []
    if len(interval.variants_s) > 1:
        notes.append(f"the model was swapped: {len(interval.variants_s)} served")
    if interval.trial_s:
        notes.append(f"a model was on trial for {interval.trial_s:.0f} s")
    if unproven:
        notes.append(UNPROVEN + ", ".join(sorted(unproven)))
    return notes


def unproven_in(interval: StreetInterval, specs: Mapping[str, VariantSpec]) -> set[str]:
    """Regimes in which counts of what served were never measured, only expected.

    specs: what is known of variants; nothing is said of those that are not there.
    """
    found = set()
    for point, by_regime in interval.points_s.items():
        variant, _, size = point.rpartition("@")
        spec = specs.get(variant)
        if spec is not None:
            found |= {regime for regime in by_regime if not _is_measured(spec, size, regime)}
    return found


def _reasons(interval: StreetInterval, missing_s: float, tolerated_s: float) -> Iterator[str]:
    told = {
        "the camera was lost": interval.lost_s,
        "no model served it": interval.unserved_s,
        "its frames failed": interval.failed_s,
    }
    known = {reason: seconds for reason, seconds in told.items() if round(seconds) > 0}
    yield from (f"{reason} for {seconds:.0f} s" for reason, seconds in known.items())
    silent_s = missing_s - sum(known.values())
    if not known:
        yield "the device told nothing"
    elif silent_s > tolerated_s:
        yield f"the device told nothing for {silent_s:.0f} s"


def _is_measured(spec: VariantSpec, size: str, regime: str) -> bool:
    return spec.counts_basis == MEASURED and bool(spec.count_errors.get(size, {}).get(regime))
