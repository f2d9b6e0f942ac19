"""What networks are expected to do at a site, in the units that plans compare.

Where pictures have labels it is measured. Where they have none, the agreement with the teacher is
taken for a share of what the teacher reaches in the city: an estimate, and the same for all
networks, so that their order is that of their agreement.
"""

from collections.abc import Mapping

from lamplighter_wire.rules.sizes import size_key

from lamplighter_recipes.building.parent_results import parent_results
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.sites.teacher_labels import LabellingConfig
from lamplighter_recipes.tasks.frame_set import FrameSet, by_regime
from lamplighter_recipes.variants.figures import AccuracyTable

DIGITS = 4


def expected_at_site(
    qualities: Mapping[str, float],
    teacher: Parent,
    city: FrameSet,
    labelling: LabellingConfig,
    by_labels: bool,
) -> AccuracyTable:
    """Size -> regime -> the metric, from one quality for each size.

    Pictures of a site do not say their regimes: what differs between these is the city's.
    """
    return spread(qualities, teacher_by_regime(teacher, city, labelling), by_labels)


def teacher_by_regime(
    teacher: Parent, city: FrameSet, labelling: LabellingConfig
) -> dict[str, float]:
    """What the teacher reaches in the city at the size it labels at."""
    results = parent_results(teacher, city, size_key(*labelling.size))
    groups = by_regime(results, city)
    return {regime: teacher.evaluator.quality(group) for regime, group in groups.items()}


def spread(
    qualities: Mapping[str, float], of_regime: Mapping[str, float], by_labels: bool
) -> AccuracyTable:
    """Qualities by size over regimes, in the proportions of `of_regime`.

    `by_labels`: they are the metric itself, and their mean over the regimes stays what it is;
    otherwise shares of what `of_regime` says.
    """
    mean = sum(of_regime.values()) / len(of_regime) if of_regime else 1.0
    scale = 1.0 / mean if by_labels and mean > 0 else 1.0
    return {
        size: {
            regime: round(min(1.0, quality * reached * scale), DIGITS)
            for regime, reached in of_regime.items()
        }
        for size, quality in qualities.items()
    }
