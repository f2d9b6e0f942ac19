"""What the serve loop holds: a rung with its open engine."""

from dataclasses import dataclass

from lamplighter_wire.messages import Manifest, OperatingPoint, Regime, Rung
from lamplighter_wire.rules.accuracy import expected_ap50

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.perception.detecting import DEFAULT_THRESHOLD, Detections, detect
from lamplighter_agent.runtimes.engine import Engine

ANY = ""


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


def accuracy(serving: Serving, regime: Regime) -> float:
    """Expected AP50 in a regime: the manifest's table, else what the plan predicted."""
    point = serving.point
    size = f"{point.width}x{point.height}"
    tabled = expected_ap50(serving.manifest.expected_ap50, size, str(regime))
    return serving.rung.predicted.expected_ap50 if tabled is None else tabled
