"""What a network costs beyond its arithmetic, in the work of the probe's dense fp32 network.

Equal numbers of multiply-accumulates take unequal times: narrow layers fill vector units badly,
and 8-bit networks spend time on conversions. So the time per MMAC is taken as that of the probe's
dense network of the same precision, plus so many MMACs of its dense fp32 network. The second part
is measured here, once, in one run; it carries to devices that have measured only the probe, also
to those on which 8-bit arithmetic is no faster (a latency model of the kind of Dai et al., ChamNet,
2019, with one figure per network and size).
"""

import platform
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.benchmarks.timing import times_ms
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, activation_type

WorkTable = dict[str, float]  # size -> dense fp32 MMAC per MMAC
Rates = Mapping[tuple[str, str], float]  # by runtime and precision: ms per MMAC of a dense network
# A camera runs one network frame after frame, with the caches to itself.
IN_A_ROW = 6
ROUNDS = 30  # pictures of each size where a single variant is measured
SEPARATOR = " "  # stands in no name of a recipe, runtime or size


def extra_work(
    infers: Mapping[str, Infer], cards: Mapping[str, VariantCard], frames: FrameSet, rounds: int
) -> dict[str, WorkTable]:
    """Dense fp32 MMAC per MMAC beyond the dense rate of the precision, per name and size.

    Everything runs in turns of some pictures, one thread, so that outside load falls on all alike.
    """
    frame = next(iter(frames.spread(1)))
    runs: dict[str, Callable[[int], object]] = {}
    for name, card in cards.items():
        for size in card.mmac:
            picture = bilinear(frame, *parse_size(size))[None]
            runs[SEPARATOR.join((name, size))] = partial(_run, infers[name], picture)
    networks = {
        (runtime, precision): network
        for runtime in sorted({card.runtime for card in cards.values()})
        for precision, network in find_runtime(runtime).probe_networks().items()
    }
    for key, network in networks.items():
        runs[SEPARATOR.join(key)] = lambda _round, run=network.run: run()  # type: ignore[misc]
    turns = -(-rounds // IN_A_ROW)
    of_turns = times_ms(runs, turns, IN_A_ROW)
    times = {name: float(np.median(values)) for name, values in of_turns.items()}
    rates = {key: times[SEPARATOR.join(key)] / net.work_mmac for key, net in networks.items()}
    measured = {
        (name, size): times[SEPARATOR.join((name, size))]
        for name, card in cards.items()
        for size in card.mmac
    }
    return extra_of(measured, cards, rates)


def with_extra_work(card: VariantCard, artifact: Path, materials: Materials) -> VariantCard:
    """The card with the extra work of a built variant, measured in some seconds; as it is where
    that is known, and of what runs elsewhere only: an export, or 8 bits for another machine.

    Raises:
        RecipeError: when the parent's weights or the frames cannot be used.
    """
    if card.extra_work or not _runs_here(card):
        return card
    parent = prepared(card.parent, materials.weights_dir, materials.cache_dir, card.family)
    infer = find_runtime(card.runtime).open(artifact, parent.tensors)
    frames = parent.evaluator.load_frames(materials.evaluation_dir)
    measured = extra_work({card.id: infer}, {card.id: card}, frames, ROUNDS)
    return msgspec.structs.replace(card, extra_work=measured[card.id])


def _runs_here(card: VariantCard) -> bool:
    of_this_machine = ("", activation_type("auto", platform.machine()))
    return not runtime_facts(card.runtime).export_only and card.activations in of_this_machine


def extra_of(
    times_ms: Mapping[tuple[str, str], float], cards: Mapping[str, VariantCard], rates: Rates
) -> dict[str, WorkTable]:
    """From median milliseconds per (name, size), and the rates of the probe's networks. Pure.

    A precision without a probe network of its own is compared with fp32 of its runtime. Below
    nothing where a network is quicker than the probe's.
    """

    def extra(name: str, card: VariantCard, size: str) -> float:
        dense = rates[card.runtime, Precision.FP32]
        rate = rates.get((card.runtime, card.precision), dense)
        return round((times_ms[name, size] / card.mmac[size] - rate) / dense, 3)

    return {
        name: {size: extra(name, card, size) for size in card.mmac} for name, card in cards.items()
    }


def _run(infer: Infer, picture: np.ndarray, _round: int) -> object:
    return infer(picture)
