"""The operating points a device holds resident, and the engines that are warm for them.

Stepping from rung to rung is an exchange of one reference: nothing is loaded, no frame is lost.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from lamplighter_wire.messages import Limits, Manifest, OperatingPoint, Regime, Rung, Workload
from lamplighter_wire.rules.limits import latency_limit_ms
from lamplighter_wire.statistics import percentile

from lamplighter_agent.detect import DEFAULT_THRESHOLD, Detections, detect
from lamplighter_agent.engine import Engine, OnnxEngine
from lamplighter_agent.frame import Frame
from lamplighter_agent.slots import Slots

ANY = ""
# Sizes run once before they serve: the runtime plans its memory on the first picture of a size.
WARM_UP_RUNS = 2

# Frames in service that say what a rung really takes, and how far that may move predictions.
PACE_FRAMES = 10
PACE_BOUNDS = (0.25, 4.0)
# A point of AP50: the planner switches for no less either.
CLEAR_LOSS = 0.01

OpenEngine = Callable[[Path, int, Mapping[str, str]], Engine]


Work = tuple[str, int, int, int]


def work_of(point: OperatingPoint) -> Work:
    """What a point computes: points that differ in thresholds and rate at most have the same."""
    return (point.manifest, point.width, point.height, point.threads)


@dataclass(frozen=True, slots=True)
class Serving:
    """A rung with its loaded engine: what the serve loop holds."""

    rung: Rung
    manifest: Manifest
    engine: Engine

    @property
    def point(self) -> OperatingPoint:
        return self.rung.point

    def thresholds(self, regime: Regime) -> dict[str, float]:
        """Scores per class ("" for the rest): the point's own, else the manifest's for a regime."""
        known = self.manifest.thresholds
        chosen = known.get(str(regime), known.get(ANY, DEFAULT_THRESHOLD))
        return {ANY: chosen, **self.point.thresholds}

    def detect(self, frame: Frame, regime: Regime) -> Detections:
        """Run on a frame as it is to be seen in a regime. Raises EngineError, SourceError."""
        return detect(self.engine, frame, self.point, self.thresholds(regime))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the street and the limits ask of a rung. Limits of 0 are none.

    `pace` is what the rung in service really takes over what was predicted for it: it corrects the
    predictions, which are as old as the plan. What has served here before has its own: `paces`.
    """

    workload: Workload
    limits: Limits
    idle_w: float = 0.0
    pace: float = 1.0
    paces: Mapping[Work, float] = field(default_factory=dict)

    def kept_by(self, rung: Rung) -> bool:
        """Whether the rung keeps the limits at the demanded rate, as far as is known."""
        point, predicted, limits = rung.point, rung.predicted, self.limits
        demand = self.workload.fps_demand
        fps = min(demand, point.fps) if point.fps else demand
        limit_ms = latency_limit_ms(limits.latency_p95_ms, fps)
        pace = self.paces.get(work_of(point), self.pace)
        power_w = self.idle_w + fps * pace * predicted.energy_mj_per_frame / 1e3
        in_time = not limit_ms or pace * predicted.latency_p95_ms <= limit_ms
        return in_time and (not limits.power_w or power_w <= limits.power_w)


def pace(latencies_ms: Sequence[float], predicted_p95_ms: float) -> float:
    """Measured p95 over the predicted one, within PACE_BOUNDS; 1 while too little is known."""
    if len(latencies_ms) < PACE_FRAMES or predicted_p95_ms <= 0:
        return 1.0
    low, high = PACE_BOUNDS
    return min(max(percentile(latencies_ms, 95) / predicted_p95_ms, low), high)


def choose(rungs: Sequence[Serving], asked: Asked, now: Serving | None = None) -> Serving | None:
    """The rung for a workload; None to stay, where none is better.

    Rungs that name the regime are meant for it, else those that name none. The first of them that
    keeps the limits is taken, unless `now` keeps them and is clearly more accurate: a rung was
    meant for a demand that was only assumed. Where none keeps them: `now` if it does, else the most
    accurate rung that does, else the fastest.
    """
    regime = asked.workload.regime
    meant = _meant_for(rungs, regime)
    stays = now is not None and asked.kept_by(now.rung)
    best = next((rung for rung in meant if asked.kept_by(rung.rung)), None)
    if best is not None:
        loss = accuracy(now, regime) - accuracy(best, regime) if now is not None else 0.0
        return None if stays and loss >= CLEAR_LOSS else best
    fitting = [rung for rung in rungs if asked.kept_by(rung.rung)]
    if stays or (now is not None and not (meant or fitting)):
        return None
    fastest = min(rungs, key=lambda r: r.rung.predicted.latency_p95_ms, default=None)
    return most_accurate(fitting, regime) or fastest


def _meant_for(rungs: Sequence[Serving], regime: Regime) -> list[Serving]:
    named = [r for r in rungs if str(regime) in r.rung.regimes]
    return named or [r for r in rungs if not r.rung.regimes or ANY in r.rung.regimes]


def accuracy(serving: Serving, regime: Regime) -> float:
    """Expected AP50 in a regime: the manifest's table, else what the plan predicted."""
    point = serving.point
    table = serving.manifest.expected_ap50.get(f"{point.width}x{point.height}", {})
    return table.get(str(regime), 0.0) or serving.rung.predicted.expected_ap50


def most_accurate(rungs: Sequence[Serving], regime: Regime) -> Serving | None:
    """The first of the most accurate rungs; None when there is none."""
    return max(rungs, key=lambda r: accuracy(r, regime), default=None)


def open_onnx(model: Path, threads: int, session_config: Mapping[str, str]) -> Engine:
    """An onnxruntime engine. Raises EngineError."""
    return OnnxEngine(model, threads, session_config)


class EnginePool:
    """Opens each variant once per number of threads; rungs of one variant share the engine.

    Args:
        session_config: the device's own entries; they win over the manifest's.
        turn: held while an engine runs, so that none is closed under way.
    """

    def __init__(
        self,
        slots: Slots,
        session_config: Mapping[str, str],
        turn: threading.RLock,
        open_engine: OpenEngine = open_onnx,
    ) -> None:
        self._slots, self._config, self._turn, self._open = slots, session_config, turn, open_engine
        self._engines: dict[tuple[str, int], Engine] = {}
        self._warm: set[tuple[str, int, int, int]] = set()

    def serving(self, rung: Rung) -> Serving:
        """Open (or reuse) and warm the engine of a rung.

        Raises:
            EngineError: it cannot be loaded or run.
            SignatureError: its manifest is not trusted.
        """
        point = rung.point
        manifest = self._slots.manifest(point.manifest)
        key = (point.manifest, point.threads)
        if key not in self._engines:
            config = {**manifest.session_config, **self._config}
            model = self._slots.model(point.manifest)
            self._engines[key] = self._open(model, point.threads, config)
        serving = Serving(rung, manifest, self._engines[key])
        self._warm_up(key, serving)
        return serving

    def holds(self, point: OperatingPoint) -> bool:
        """Whether the point's engine is open."""
        return (point.manifest, point.threads) in self._engines

    def keep(self, points: Iterable[OperatingPoint]) -> None:
        """Close all other engines."""
        wanted = {(point.manifest, point.threads) for point in points}
        with self._turn:
            for key in [key for key in self._engines if key not in wanted]:
                self._engines.pop(key).close()
                self._warm = {warm for warm in self._warm if warm[:2] != key}

    def close(self) -> None:
        self.keep([])

    def _warm_up(self, key: tuple[str, int], serving: Serving) -> None:
        size = (*key, serving.point.width, serving.point.height)
        if size in self._warm:
            return
        picture = np.zeros((1, serving.point.height, serving.point.width, 3), np.uint8)
        for _ in range(WARM_UP_RUNS):
            with self._turn:
                serving.engine.infer(picture)
        self._warm.add(size)
