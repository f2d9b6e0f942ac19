"""The accuracy benchmark as a page of the documentation."""

from collections.abc import Sequence

import numpy as np
from lamplighter_wire.rules.sizes import by_area

from lamplighter_recipes.benchmarks.accuracy import SHIPPED, AccuracyReport, Score, SetFacts

HEAD = """# Accuracy on streets that no training saw

Written by

```sh
lamplighter scenes dataset evaluation data/evaluation
lamplighter bench accuracy data/evaluation --page docs/reference/accuracy.md --keep
```

of the recipes and sets that are there (`--recipe NAME` for some of the recipes).

AP50 is the headline accuracy: agnostic, the mean over the set's regimes, with its 95 % interval by
bootstrap over the pictures; the mean over all sets is of some thousand pictures, and its interval
that much narrower. Behind the stroke stands class mAP50 (see the [glossary](glossary.md)).
How the sets are made says [Record and render scenes](../how-to/scenes.md); `shipped` are those
that the cards' figures come from. What follows from it for plans says
[how accurate the detector is](../explanation/accuracy.md).
"""


def page(report: AccuracyReport) -> str:
    """All tables."""
    sizes = reversed(by_area({one.size for one in report.scores}))
    tables = [_table(report, size) for size in sizes]
    return "\n".join([HEAD, _sets(report.sets), *tables, _agreement(report)])


def _sets(sets: Sequence[SetFacts]) -> str:
    lines = ["## The sets", "", _line(["set", "pictures", "objects each", "regimes", "still"])]
    lines.append(_line(["---"] * 5))
    for one in sets:
        still = "" if one.still_share is None else f"{one.still_share:.0%} of the seconds"
        cells = [one.name, str(one.frames), f"{one.objects:.1f}", str(len(one.regimes)), still]
        lines.append(_line(cells))
    return "\n".join([*lines, ""])


def _table(report: AccuracyReport, size: str) -> str:
    scores = [one for one in report.scores if one.size == size]
    variants = list(dict.fromkeys(one.variant for one in scores))
    lines = [f"## {size}", "", _line(["set", *variants]), _line(["---"] * (len(variants) + 1))]
    for facts in report.sets:
        found = {one.variant: one for one in scores if one.street == facts.name}
        lines.append(_line([facts.name, *(_cell(found.get(name)) for name in variants)]))
    unseen = [one for one in scores if one.street != SHIPPED]
    means = [_mean([one for one in unseen if one.variant == name]) for name in variants]
    lines.append(_line(["mean of all but `shipped`", *means]))
    return "\n".join([*lines, ""])


def _mean(scores: Sequence[Score]) -> str:
    """Of sets that are independent of each other: the squares of their intervals' halves add up."""
    halves = [(one.interval[1] - one.interval[0]) / 2 for one in scores]
    half = np.sqrt(np.sum(np.square(halves))) / len(scores)
    return f"{np.mean([one.ap50 for one in scores]):.3f} ± {half:.3f}"


def _cell(score: Score | None) -> str:
    if score is None:
        return ""
    low, high = score.interval
    return f"{score.ap50:.3f} ({low:.2f}–{high:.2f}) / {score.class_map50:.2f}"


def _agreement(report: AccuracyReport) -> str:
    """Agreement with the best point beside the accuracy it stands for, and false alarms."""
    lines = [
        "## What a device can see of it",
        "",
        "Mean F1 of a frame's boxes with those of the reference point (the most accurate of the"
        " quick ones, at the largest size), and boxes above the threshold that hit nothing, per"
        " picture.",
        "",
        _line(["set", "variant", "size", "agreement", "AP50", "false alarms"]),
        _line(["---"] * 6),
    ]
    for one in report.scores:
        cells = [one.street, one.variant, one.size, f"{one.agreement:.3f}", f"{one.ap50:.3f}"]
        lines.append(_line([*cells, f"{one.false_alarms:.2f}"]))
    return "\n".join([*lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
