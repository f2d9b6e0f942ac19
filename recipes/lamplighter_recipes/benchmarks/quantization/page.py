"""The quantization benchmark as a page of the documentation."""

from collections.abc import Iterable, Sequence

import numpy as np

from lamplighter_recipes.benchmarks.quantization.bench import Row, Setting

HEAD = """# What quantization buys

Written by

```sh
lamplighter bench quantization {options} --page docs/reference/quantization.md
```

Forms of `{parent}` at {size}: agnostic AP50 over {frames} of the shipped evaluation frames together
(the headline elsewhere is the mean over regimes; differences below two points are noise), bytes as
they travel to an agent that can expand packed parts, and processor time of a frame on one thread,
decoding included, in turns in one run on a shared x86-64 machine with VNNI.
"""
TRAINED = """
## Four-bit weights, trained

{steps} steps of 8 rendered pictures for each of {seeds} seeds: mean AP50, least and greatest. The
network before training teaches. All weights but those of the first and the last layers have 4 bits,
activations 8; calibrated weights have the steps of least square error. There are no weights of a
network with hard-swishes, so one was made for this: the parent with hard-swishes in place of its
activations, fitted to it layer by layer and trained in floats for {more} steps.
"""


def page(rows: Sequence[Row], trained: Sequence[Row], setting: Setting, steps: int) -> str:
    """All tables; without trained rows the first alone."""
    options = f"--size {setting.size} --frames {setting.frames}"
    if trained:
        options += f" --scenes data/train --steps {steps}"
    head = HEAD.format(
        options=options, parent=setting.parent, size=setting.size, frames=setting.frames
    )
    parts = [head, _table(rows)]
    if trained:
        seeds = max(len(row.ap50) for row in trained)
        parts += [TRAINED.format(steps=steps, seeds=seeds, more=2 * steps), _trained(trained)]
    return "\n".join(parts)


def _table(rows: Iterable[Row]) -> str:
    cells = [
        (row.runtime, row.name, _mean(row), _kilobytes(row), f"{row.cpu_ms:.1f}") for row in rows
    ]
    return _lines(("runtime", "form", "AP50", "kB on the wire", "CPU ms"), cells)


def _trained(rows: Iterable[Row]) -> str:
    cells = [(row.name, _mean(row), *_ends(row), _kilobytes(row)) for row in rows]
    return _lines(("form", "AP50", "least", "greatest", "kB on the wire"), cells)


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), ""])


def _mean(row: Row) -> str:
    return f"{np.mean(row.ap50):.3f}"


def _ends(row: Row) -> tuple[str, str]:
    """The least and the greatest of several seeds."""
    if len(row.ap50) == 1:
        return "", ""
    return f"{min(row.ap50):.3f}", f"{max(row.ap50):.3f}"


def _kilobytes(row: Row) -> str:
    return f"{row.wire_bytes / 1e3:,.0f}"
