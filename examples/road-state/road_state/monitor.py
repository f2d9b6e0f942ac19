"""What a device follows of the road: how much of the time it is wet, and by what light."""

from collections import deque

import msgspec
import numpy as np
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError
from lamplighter_agent.perception.light_and_rain import brightness
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.messages import Regime, Shift, Telemetry, Workload
from lamplighter_wire.tasks.task import Answer

from road_state.task import CLASSES

UNKNOWN = Regime(light="", weather="", density="")
FRAMES = 8  # a regime is what most of so many frames show
DARK = 0.1


class RoadMonitor:
    """The regime is what most of the last frames show; a road asks for the lowest frame rate."""

    new_objects = 0

    def __init__(self, settings: AgentSettings, accepted: Workload | None = None) -> None:
        self.demand_fps = settings.fps_floor
        self.regime = accepted.regime if accepted else UNKNOWN
        self._wet: deque[float] = deque(maxlen=FRAMES)
        self._light: deque[float] = deque(maxlen=FRAMES)
        self._window: list[Answer] = []

    def accepted_fps(self, otherwise: float) -> float:
        """It never asks for more."""
        return self.demand_fps

    def follow(self, frame: Frame, answer: Answer) -> Shift | None:
        """A frame's probabilities; the shift that they complete."""
        self._window.append(answer)
        self._wet.append(float(answer[0, CLASSES.index("wet")]))
        try:
            self._light.append(brightness(frame.luma(), *frame.luma_range))
        except SourceError:  # a picture that has no luma says nothing of the light
            return None
        seen = self._seen()
        if len(self._wet) < FRAMES or seen == self.regime:
            return None
        before, self.regime = self.regime, seen
        return Shift(
            before=Workload(regime=before, fps_demand=self.demand_fps),
            after=Workload(regime=seen, fps_demand=self.demand_fps),
            at=frame.at,
            began_at=frame.at,
            evidence={"wet": float(np.median(self._wet)), "light": float(np.median(self._light))},
        )

    def complete(self, window: Telemetry) -> Telemetry:
        """The window with the share of wet frames, and how sure the answers were."""
        answers, self._window = self._window, []
        if not answers:
            return window
        rows = np.concatenate(answers)
        metrics = {
            "wet_share": float((rows.argmax(1) == CLASSES.index("wet")).mean()),
            "median_confidence": float(np.median(rows.max(1))),
        }
        return msgspec.structs.replace(window, metrics=metrics)

    def _seen(self) -> Regime:
        light = "night" if np.median(self._light) < DARK else "day"
        road = CLASSES[int(np.median(self._wet) >= 0.5)]
        return msgspec.structs.replace(UNKNOWN, light=light, axes={"road": road})
