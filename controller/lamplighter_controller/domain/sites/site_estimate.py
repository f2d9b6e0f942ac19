"""What a parent for a site will cost and gain, before anything is done. Estimates, and say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Seconds of one core for a thousand million multiplications, on the machine of the benchmarks.
TRAIN_S_PER_GMAC = 0.13
LOOK_S_PER_GMAC = 0.015
# Labelled at 512x384, 640x480 and 768x576, mirrored as well; work is counted at 384x288.
LABEL_AREA = 2 * (16 / 9 + 25 / 9 + 4)
JUDGED_LOOKS = 4.0  # each held-out picture is looked at by both networks, at several sizes


@dataclass(frozen=True)
class SiteWork:
    """Work to be estimated: multiplications in millions for a picture, and counts."""

    base_mmac: float
    teacher_mmac: float
    pictures: int
    steps: int
    batch: int


@dataclass(frozen=True)
class PastSite:
    """What a finished work took: millions of multiplications trained, and its seconds; and gained:
    points of agreement with the teacher."""

    mmac: float
    train_s: float
    gain_points: float


@dataclass(frozen=True)
class SiteEstimate:
    """`gain_points` is None where nothing was specialised here yet; `basis` says what of."""

    seconds: float
    gain_points: float | None
    basis: str


def estimate_site(work: SiteWork, past: Sequence[PastSite]) -> SiteEstimate:
    """Seconds of one core from the work, by the rate of earlier ones where there are some."""
    rates = [1e3 * one.train_s / one.mmac for one in past if one.mmac > 0]
    rate = median(rates) if rates else TRAIN_S_PER_GMAC
    trained_gmac = work.base_mmac * work.steps * work.batch / 1e3
    looked_gmac = (
        work.pictures * (work.teacher_mmac * LABEL_AREA + JUDGED_LOOKS * work.base_mmac) / 1e3
    )
    seconds = trained_gmac * rate + looked_gmac * LOOK_S_PER_GMAC
    gains = [one.gain_points for one in past]
    basis = f"the last {len(past)} sites here" if past else "the cost model alone"
    return SiteEstimate(round(seconds, 1), round(median(gains), 1) if gains else None, basis)
