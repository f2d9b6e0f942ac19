"""Which assumption of adapting failed on a device's day, from the day replayed. Pure.

Between the best fixed choice, which knows the whole day, and what really happened lie four steps.
Each takes one more thing as a controller has it, so what it loses is the price of that one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lamplighter_controller.domain.policy.policy import DEFAULTS

from lamplighter_demo.comparison.figures import EQUAL_BREACH_S, Figures, decisive, more_energy, word
from lamplighter_demo.comparison.policy_replay import (
    DeviceTable,
    MeasuredPoint,
    Picker,
    TimelineRow,
    Worth,
    best_fixed,
    best_of,
    pickers,
    promised,
    rate_of,
    run,
)

HINDSIGHT, CATALOGUE, ROOM, HAPPENED = "in_hindsight", "by_catalogue", "with_room", "adaptive"
STEPS = {
    HINDSIGHT: "a point for each stretch, known in hindsight",
    CATALOGUE: "by the accuracies of the catalogue",
    ROOM: "with room for a demand that grows",
    HAPPENED: "as it was noticed, built, tried and predicted",
}
ASSUMED = {
    HINDSIGHT: "that the street asks for another point by more than a switch must gain",
    CATALOGUE: "that what the catalogue expects holds before this camera",
    ROOM: "that room for the demand costs little",
    HAPPENED: "that changes are answered soon enough and costs are predicted well enough",
}


@dataclass(frozen=True)
class Step:
    """A day by one of the steps.

    Attributes:
        promised: AP50 that the catalogue expects of what was served, over the frames served;
            `accuracy`, `accuracy_delivered`, `energy_above_idle_j` and `breach_s` as in `Figures`.
    """

    promised: float
    accuracy: float
    accuracy_delivered: float
    energy_above_idle_j: float
    breach_s: float


@dataclass(frozen=True)
class Explained:
    """A device's day. `failed`: the step that lost most of what decides; empty: adapting won."""

    steps: Mapping[str, Step]
    failed: str
    text: str


def explained(tables: Sequence[DeviceTable]) -> dict[str, Explained]:
    """By device, where all that is needed was measured, and plans were made for accuracy."""
    found = {}
    for table in tables:
        hindsight = best_fixed(table)
        if hindsight is not None and table.adaptive and not table.for_counts:
            found[table.device] = _explained(table, hindsight)
    return found


def as_dict(days: Mapping[str, Explained]) -> dict[str, Any]:
    """The part of a report."""
    return {
        "assumptions": {
            device: {"steps": {name: asdict(s) for name, s in day.steps.items()}} | _failed(day)
            for device, day in days.items()
        },
        "why": [day.text for _, day in sorted(days.items())],
    }


def _failed(day: Explained) -> dict[str, str]:
    return {"failed": day.failed, "assumed": ASSUMED.get(day.failed, "")}


def _explained(table: DeviceTable, hindsight: MeasuredPoint) -> Explained:
    by_name = dict(pickers(table, hindsight, 0.0))
    fixed = run(table, by_name["best_fixed_per_device"])
    served: dict[str, Picker] = {
        HINDSIGHT: _at_once(table, _measured),
        CATALOGUE: _at_once(table, promised),
        ROOM: _at_once(table, promised, DEFAULTS.demand_headroom),
        HAPPENED: by_name["adaptive"],
    }
    figures = {name: run(table, pick) for name, pick in served.items()}
    steps = {name: _step(table, pick, figures[name]) for name, pick in served.items()}
    failed = failed_step(fixed, figures)
    text = f"{table.device}: {'; '.join(_told(fixed, figures, steps))}. {_conclusion(failed)}"
    return Explained(steps, failed, text)


def _at_once(table: DeviceTable, worth: Worth, room: float = 1.0) -> Picker:
    """The best point for each stretch from its first moment on."""
    return lambda row: best_of(table.points, row, table, worth, room)


def _measured(point: MeasuredPoint, row: TimelineRow) -> float:
    """AP50 as it was measured in a stretch."""
    return point.ap50.get(row.phase, 0.0)


def _step(table: DeviceTable, pick: Picker, figures: Figures) -> Step:
    frames = [(pick(row), row) for row in table.rows]
    weights = [rate_of(point, row) * row.seconds for point, row in frames]
    expected = sum(w * promised(p, row) for w, (p, row) in zip(weights, frames, strict=True))
    return Step(
        promised=expected / max(sum(weights), 1e-9),
        accuracy=figures.accuracy,
        accuracy_delivered=figures.accuracy_delivered,
        energy_above_idle_j=figures.energy_above_idle_j,
        breach_s=figures.breach_s,
    )


def failed_step(fixed: Figures, steps: Mapping[str, Figures]) -> str:
    """The step that fails; empty where adapting beats the fixed choice.

    Args:
        steps: figures of each, in their order.
    """
    if word(steps[HAPPENED], fixed) == "beats":
        return ""
    if not _is_worth_a_switch(steps[HINDSIGHT], fixed):
        return HINDSIGHT
    figure, _ = decisive(steps[HAPPENED], fixed)
    costs = [_cost(one, figure) for one in steps.values()]
    worse = {name: b - a for name, a, b in zip([*steps][1:], costs, costs[1:], strict=False)}
    return max(worse, key=lambda name: worse[name])


def _is_worth_a_switch(best: Figures, fixed: Figures) -> bool:
    """Whether there was anything to gain, by what plans ask of a switch."""
    return (
        fixed.breach_s - best.breach_s > EQUAL_BREACH_S
        or best.accuracy_delivered - fixed.accuracy_delivered > DEFAULTS.min_accuracy_gain
        or more_energy(best, fixed) < -DEFAULTS.min_energy_gain
    )


def _cost(figures: Figures, figure: str) -> float:
    """What decides, less being better."""
    if figure == "breach":
        return figures.breach_s
    return figures.energy_above_idle_j if figure == "energy" else -figures.accuracy_delivered


def _told(
    fixed: Figures, figures: Mapping[str, Figures], steps: Mapping[str, Step]
) -> Iterator[str]:
    """Each step beside the one before it, the first one beside the best fixed choice."""
    before = fixed
    for name, one in figures.items():
        points = 100 * (one.accuracy_delivered - before.accuracy_delivered)
        more_j = one.energy_above_idle_j - before.energy_above_idle_j
        more_s = one.breach_s - before.breach_s
        said = f"{STEPS[name]} {points:+.1f} points, {more_j:+.0f} J, {more_s:+.0f} s of breach"
        step = steps[name]
        hopes = f" (AP50 {step.promised:.2f} expected, {step.accuracy:.2f} found)"
        yield said + (hopes if name == CATALOGUE else "")
        before = one


def _conclusion(failed: str) -> str:
    return f"It failed {ASSUMED[failed]}" if failed else "No assumption failed"
