"""What a network costs beyond its arithmetic, as a ratio to the probe's dense network.

Equal numbers of multiply-accumulates take unequal times: narrow layers fill vector units badly,
and 8-bit networks spend time on conversions. The ratio of a variant's time per MMAC to that of the
dense probe network of its precision, measured here in one run, carries to devices that have
measured only the probe (a latency model of the kind of Dai et al., ChamNet, 2019, with one figure
per network).
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_recipes.card import VariantCard
from lamplighter_recipes.frames import FrameSet
from lamplighter_recipes.recipe import parse_size
from lamplighter_recipes.runtimes.onnx import WARM_UP_RUNS, load
from lamplighter_recipes.runtimes.probe_nets import write_probe_nets

CostTable = dict[str, float]  # size -> ratio
PRECISIONS = ("fp32", "int8")


def cost_ratios(
    graphs: Mapping[str, Path], cards: Mapping[str, VariantCard], frames: FrameSet, rounds: int
) -> dict[str, CostTable]:
    """Time per MMAC over that of the dense probe network, per name and size.

    Everything runs in turn, one thread, so that outside load falls on all alike.
    """
    sessions = {name: load(path) for name, path in graphs.items()}
    pictures = {
        size: next(iter(frames.spread(1))).rgb(*parse_size(size))[None]
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
    return ratios_of(times, cards, work)


def ratios_of(
    times: Mapping[tuple[str, str], float],
    cards: Mapping[str, VariantCard],
    work: Mapping[str, float],
) -> dict[str, CostTable]:
    """Ratios from median milliseconds per (name, size), and the probe networks' MMAC. Pure.

    A precision without a probe network of its own is compared with fp32.
    """
    rates = {p: times[f"dense_{p}", ""] / work[f"dense_{p}"] for p in PRECISIONS}
    return {
        name: {
            size: round(times[name, size] / mmac / rates.get(card.precision, rates["fp32"]), 3)
            for size, mmac in card.mmac.items()
        }
        for name, card in cards.items()
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
