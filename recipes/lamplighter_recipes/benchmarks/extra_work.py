"""What a network costs beyond its arithmetic, in the work of the probe's dense fp32 network.

Equal numbers of multiply-accumulates take unequal times: narrow layers fill vector units badly,
and 8-bit networks spend time on conversions. So the time per MMAC is taken as that of the probe's
dense network of the same precision, plus so many MMACs of its dense fp32 network. The second part
is measured here, once, in one run; it carries to devices that have measured only the probe, also
to those on which 8-bit arithmetic is no faster (a latency model of the kind of Dai et al., ChamNet,
2019, with one figure per network and size).
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.runtimes.onnxruntime.probe_networks import write_probe_nets
from lamplighter_recipes.runtimes.onnxruntime.session import WARM_UP_RUNS, load
from lamplighter_recipes.tasks.detection.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.figures import VariantCard

WorkTable = dict[str, float]  # size -> dense fp32 MMAC per MMAC
PRECISIONS = ("fp32", "int8")


def extra_work(
    graphs: Mapping[str, Path], cards: Mapping[str, VariantCard], frames: FrameSet, rounds: int
) -> dict[str, WorkTable]:
    """Dense fp32 MMAC per MMAC beyond the dense rate of the precision, per name and size.

    Everything runs in turn, one thread, so that outside load falls on all alike.
    """
    sessions = {name: load(path) for name, path in graphs.items()}
    pictures = {
        size: bilinear(next(iter(frames.spread(1))), *parse_size(size))[None]
        for size in sorted({size for card in cards.values() for size in card.mmac})
    }
    runs = [
        (name, size, sessions[name], pictures[size])
        for name, card in cards.items()
        for size in card.mmac
    ]
    with tempfile.TemporaryDirectory() as folder:
        probes, work = _probes(Path(folder))
        times = _measure([*runs, *probes], rounds)
    return extra_of(times, cards, work)


def extra_of(
    times: Mapping[tuple[str, str], float],
    cards: Mapping[str, VariantCard],
    work: Mapping[str, float],
) -> dict[str, WorkTable]:
    """From median milliseconds per (name, size), and the probe networks' MMAC. Pure.

    A precision without a probe network of its own is compared with fp32.
    """
    rates = {p: times[f"dense_{p}", ""] / work[f"dense_{p}"] for p in PRECISIONS}

    def extra(name: str, card: VariantCard, size: str) -> float:
        rate = rates.get(card.precision, rates["fp32"])
        return round((times[name, size] / card.mmac[size] - rate) / rates["fp32"], 3)

    return {
        name: {size: extra(name, card, size) for size in card.mmac} for name, card in cards.items()
    }


def _probes(folder: Path) -> tuple[list[tuple[str, str, Any, Any]], dict[str, float]]:
    work = write_probe_nets(folder)
    runs = []
    for precision in PRECISIONS:
        name = f"dense_{precision}"
        session = load(folder / f"{name}.onnx")
        picture = np.random.default_rng(0).random(session.get_inputs()[0].shape, np.float32)
        runs.append((name, "", session, picture))
    return runs, work


def _measure(runs: list[tuple[str, str, Any, Any]], rounds: int) -> dict[tuple[str, str], float]:
    """Median milliseconds of each run."""
    times: dict[tuple[str, str], list[float]] = {(name, size): [] for name, size, *_ in runs}
    for number in range(rounds + WARM_UP_RUNS):
        for name, size, session, picture in runs:
            began = time.perf_counter()
            session.run(None, {session.get_inputs()[0].name: picture})
            if number >= WARM_UP_RUNS:
                times[name, size].append((time.perf_counter() - began) * 1e3)
    return {key: float(np.median(values)) for key, values in times.items()}
