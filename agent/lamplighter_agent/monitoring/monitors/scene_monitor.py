"""Follow what whole pictures show: how often each class, how sure, and by what light.

The monitor of classification.
"""

from collections import Counter, deque
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from lamplighter_wire.messages import Regime, Shift, Telemetry, Workload
from lamplighter_wire.tasks.task import Answer, Task

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError
from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.perception.light_and_rain import brightness
from lamplighter_agent.settings import AgentSettings

UNKNOWN = Regime(light="", weather="", density="")
LIGHT_FRAMES = 8  # the light is the median of so many frames
# A window's report names at most so many classes, the most frequent ones.
MOST_CLASSES = 12


@runtime_checkable
class NamesClasses(Protocol):
    """What a task has, too, whose classes are each network's own matter."""

    @property
    def classes(self) -> tuple[str, ...]:
        """What the indices of an answer stand for."""


class SceneMonitor:
    """From classes to telemetry. A scene asks for the lowest frame rate."""

    new_objects = 0

    def __init__(self, settings: AgentSettings, accepted: Workload | None = None) -> None:
        self._limits = ShiftSettings()
        self.demand_fps = settings.fps_floor
        self.regime = accepted.regime if accepted else UNKNOWN
        self._light: deque[float] = deque(maxlen=LIGHT_FRAMES)
        self._shown: Counter[int] = Counter()
        self._confidence: list[float] = []
        self._names: tuple[str, ...] = ()

    def follow_task(self, task: Task) -> None:
        """What the next answers are read by."""
        self._names = task.classes if isinstance(task, NamesClasses) else ()

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on."""
        self.demand_fps = settings.fps_floor

    def accepted_fps(self, otherwise: float) -> float:  # noqa: ARG002 - the seam's signature
        """It never asks for more."""
        return self.demand_fps

    def follow(self, frame: Frame, answer: Answer) -> Shift | None:
        """A frame's likeliest classes [n, 2]; the change of light that it completes."""
        if len(answer):
            self._shown[int(answer[0, 0])] += 1
            self._confidence.append(float(answer[0, 1]))
        try:
            self._light.append(brightness(frame.luma(), *frame.luma_range))
        except SourceError:  # a picture that has no luma says nothing of the light
            return None
        light = self._light_now()
        if len(self._light) < LIGHT_FRAMES or light == self.regime.light:
            return None
        before, self.regime = self.regime, msgspec.structs.replace(UNKNOWN, light=light)
        return Shift(
            before=Workload(regime=before, fps_demand=self.demand_fps),
            after=Workload(regime=self.regime, fps_demand=self.demand_fps),
            at=frame.at,
            began_at=frame.at,
            evidence={"brightness": float(np.median(self._light))},
        )

    def complete(self, window: Telemetry) -> Telemetry:
        """The window with each class's share of its frames, and how sure the answers were."""
        shown, confidence = self._shown, self._confidence
        self._shown, self._confidence = Counter(), []
        if not confidence:
            return window
        shares = {
            f"share_{self._name(index)}": count / len(confidence)
            for index, count in shown.most_common(MOST_CLASSES)
        }
        median = float(np.median(confidence))
        metrics = {**shares, "median_confidence": median}
        return msgspec.structs.replace(window, metrics=metrics, median_confidence=median)

    def _name(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else str(index)

    def _light_now(self) -> str:
        """With a hysteresis: between the limits it stays as it is."""
        level = float(np.median(self._light))
        if level < self._limits.night_below:
            return "night"
        return "day" if level > self._limits.day_above else self.regime.light or "day"
