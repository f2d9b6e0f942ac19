"""How adapting compares with other policies on the same day, from what this run measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median_high
from typing import NamedTuple

from lamplighter_wire.messages import Limits, Telemetry
from lamplighter_wire.rules.sizes import size_key

from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.footage import WARM_UP
from lamplighter_demo.city.running import City
from lamplighter_demo.comparison.measuring import Costs
from lamplighter_demo.comparison.models import FIXED_FP32, FIXED_INT8, FIXED_SIZE, Model, key_of
from lamplighter_demo.comparison.policy_replay import (
    DeviceTable,
    MeasuredPoint,
    ServedPoint,
    TimelineRow,
)
from lamplighter_demo.comparison.scoring import PhaseScores
from lamplighter_demo.report.collecting import DeviceHistory
from lamplighter_demo.report.device_report import promised_count_error


def device_table(
    agent: DemoAgent,
    city: City,
    history: DeviceHistory,
    models: Sequence[Model],
    costs: Costs,
    scores: PhaseScores,
    for_counts: bool = False,
) -> DeviceTable:
    """The replay's input for one device. `for_counts`: what its plans were made for; then what did
    not serve is bounded in its rate as they were."""
    points = _points(agent, models, costs, scores, history)
    if for_counts:
        points = [replace(point, fps_cap=_bound_fps(history)) for point in points]
    keys = {point.key for point in points}
    return DeviceTable(
        device=agent.device.id,
        rows=tuple(_rows(city, history.telemetry)),
        points=tuple(points),
        adaptive=tuple(point for point in _served(history) if point.key in keys),
        ladder=tuple(key for key in _first_ladder(history) if key in keys),
        limits=history.plans[-1].document.limits if history.plans else Limits(),
        idle_w=agent.device.envelope.idle_w,
        fp32_key=_key_of(models, FIXED_FP32, keys),
        int8_key=_key_of(models, FIXED_INT8, keys),
        for_counts=for_counts,
        expected_count_error=promised_count_error(history),
    )


def _points(
    agent: DemoAgent,
    models: Sequence[Model],
    costs: Costs,
    scores: PhaseScores,
    history: DeviceHistory,
) -> list[MeasuredPoint]:
    watts = agent.device.envelope.active_w_per_core
    energies_mj = {key: cost.cpu_s * watts * 1000 for key, cost in costs.items()}
    more = _overheads(history, costs, energies_mj)
    return [
        MeasuredPoint(
            variant=model.variant,
            size=size,
            precision=model.precision,
            latency_p50_ms=costs[key].latency_p50_ms + more.p50_ms,
            latency_p95_ms=costs[key].latency_p95_ms + more.p95_ms,
            energy_mj_per_frame=energies_mj[key] + more.energy_mj,
            ap50=scores[key],
            expected_ap50=model.expected_ap50[size],
            memory_bytes=model.memory_bytes,
            recipe=model.recipe,
        )
        for model, size, key in _compared(models)
        if key in costs and key in scores
    ]


def _compared(models: Sequence[Model]) -> Iterator[tuple[Model, str, str]]:
    """Model, size and key of each point whose accuracy is told."""
    for model in models:
        for width, height in model.sizes:
            size = size_key(width, height)
            if size in model.expected_ap50:
                yield model, size, model.key(width, height)


class Overheads(NamedTuple):
    """What the day adds to a frame of a network that has its device to itself."""

    p50_ms: float
    p95_ms: float
    energy_mj: float


def _overheads(history: DeviceHistory, costs: Costs, energies_mj: Mapping[str, float]) -> Overheads:
    """By what the device's own windows say beyond its networks. The tail has one of its own: a
    fixed choice would have met the same stalls as what really served."""
    windows = history.windows_with_frames
    calm = [window for window in windows if not window.disturbed]
    medians_ms = {key: cost.latency_p50_ms for key, cost in costs.items()}
    tails_ms = {key: cost.latency_p95_ms for key, cost in costs.items()}
    p50_ms = _beyond(windows, lambda window: window.latency_p50_ms, medians_ms)
    return Overheads(
        p50_ms=p50_ms,
        p95_ms=max(p50_ms, _beyond(calm, lambda window: window.latency_p95_ms, tails_ms)),
        energy_mj=_beyond(calm, lambda window: window.energy_mj_per_frame, energies_mj),
    )


def _beyond(
    windows: Sequence[Telemetry],
    figure: Callable[[Telemetry], float],
    networks: Mapping[str, float],
) -> float:
    """What the agent adds per frame to its network (decoding, resizing, tracking): the median."""
    extra = [
        figure(window) - networks[key_of(window.serving)]
        for window in windows
        if key_of(window.serving) in networks
    ]
    return max(0.0, median_high(extra)) if extra else 0.0


def _rows(city: City, windows: Sequence[Telemetry]) -> list[TimelineRow]:
    rows, before = [], 0.0
    for window in windows:
        phase = city.line.phase_at(window.start + window.seconds / 2)
        if phase != WARM_UP and window.seconds > 0:
            regime, asked_fps = str(window.regime), _asked_fps(window, before)
            rows.append(TimelineRow(window.start, window.seconds, phase, regime, asked_fps))
        before = window.fps_demand
    return rows


def _asked_fps(window: Telemetry, before: float) -> float:
    """Frames a second that the street asked for in a window.

    What a window tells as demanded is of its end: a demand that rises there would be held against
    what served before. So the frames are counted; where a bound leaves some out, it is the mean of
    what was demanded at both ends, `before` being the one at its beginning.
    """
    counted = (window.frames + window.dropped + window.rested) / window.seconds
    between = (before + window.fps_demand) / 2
    return max(counted, between) if 0 < window.serving.fps < between else counted


def _served(history: DeviceHistory) -> list[ServedPoint]:
    changes: list[ServedPoint] = []
    for window in history.windows_with_frames:
        served = ServedPoint(window.start, key_of(window.serving), window.serving.fps)
        if not changes or changes[-1][1:] != served[1:]:
            changes.append(served)
    return changes


def _bound_fps(history: DeviceHistory) -> float:
    """The highest rate at which plans bound the day, which is that of a point that serves all day;
    0: not at all."""
    bounds = [served.fps_cap for served in _served(history)]
    return max(bounds) if bounds and all(bounds) else 0.0


def _first_ladder(history: DeviceHistory) -> list[str]:
    ladders = (plan.document.ladder for plan in history.plans if plan.document.ladder)
    return [key_of(rung.point) for rung in next(ladders, [])]


def _key_of(models: Sequence[Model], recipe: str, keys: set[str]) -> str:
    candidates = (model.key(*FIXED_SIZE) for model in models if model.recipe == recipe)
    return next((key for key in candidates if key in keys), "")
