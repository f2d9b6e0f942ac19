"""What networks are expected to do at a site, in the units that plans compare.

Where pictures have labels it is measured. Where they have none, the agreement with the teacher is
taken for a share of what the teacher reaches in the city: an estimate, and the same for all
networks, so that their order is that of their agreement.
"""

from collections.abc import Mapping

import msgspec
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.files import write_atomically

from lamplighter_recipes.building.parent_results import DIGEST_DIGITS, RESULTS_FORMAT
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.sites.teacher_labels import LabellingConfig, teacher_answer
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
    """What the teacher reaches in the city, looking as it does when it labels: kept beside it."""
    shown = sha256_hex(repr((city.digest(), labelling)).encode())[:DIGEST_DIGITS]
    path = teacher.folder / f"labelling-{shown}-{RESULTS_FORMAT}.json"
    if not path.exists():
        write_atomically(path, [msgspec.json.encode(_by_regime(teacher, city, labelling))])
    return msgspec.json.decode(path.read_bytes(), type=dict[str, float])


def _by_regime(teacher: Parent, city: FrameSet, labelling: LabellingConfig) -> dict[str, float]:
    infer = find_runtime(teacher.runtime).open(teacher.graph, teacher.tensors)
    evaluator = teacher.evaluator
    results = [
        evaluator.result(teacher_answer(infer, frame.rgb(), labelling, evaluator.task), frame)
        for frame in city
    ]
    return {regime: evaluator.quality(group) for regime, group in by_regime(results, city).items()}


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
