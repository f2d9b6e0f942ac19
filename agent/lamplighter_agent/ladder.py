"""The operating points a device holds resident, and the engines that are warm for them.

Stepping from rung to rung is an exchange of one reference: nothing is loaded, no frame is lost.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lamplighter_wire.messages import Manifest, OperatingPoint, Regime, Rung

from lamplighter_agent.engine import Engine, OnnxEngine
from lamplighter_agent.slots import Slots

ANY = ""
# Sizes run once before they serve: the runtime plans its memory on the first picture of a size.
WARM_UP_RUNS = 2

OpenEngine = Callable[[Path, int, Mapping[str, str]], Engine]


@dataclass(frozen=True, slots=True)
class Serving:
    """A rung with its loaded engine: what the serve loop holds."""

    rung: Rung
    manifest: Manifest
    engine: Engine

    @property
    def point(self) -> OperatingPoint:
        return self.rung.point


def choose(rungs: Sequence[Rung], regime: Regime) -> Rung | None:
    """The first rung meant for a regime, else the first meant for any; None when there is none."""
    named = [rung for rung in rungs if str(regime) in rung.regimes]
    general = [rung for rung in rungs if not rung.regimes or ANY in rung.regimes]
    return next(iter(named + general), None)


def expected_ap50(manifest: Manifest, point: OperatingPoint, regime: Regime) -> float:
    """Accuracy the manifest promises at the point's size in a regime; 0.0 when it says nothing."""
    table = manifest.expected_ap50.get(f"{point.width}x{point.height}", {})
    return table.get(str(regime), 0.0)


def most_accurate(rungs: Sequence[Serving], regime: Regime) -> Serving | None:
    """The rung to compare others with; None when there is none."""
    return max(rungs, key=lambda r: expected_ap50(r.manifest, r.point, regime), default=None)


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
