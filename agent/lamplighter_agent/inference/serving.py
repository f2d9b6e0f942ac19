"""What the serve loop holds: a rung with its open engine."""

from dataclasses import dataclass

from lamplighter_wire.messages import Manifest, OperatingPoint, Regime, Rung

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.inference.operating_points import ANY
from lamplighter_agent.perception.detecting import DEFAULT_THRESHOLD, Detections, detect
from lamplighter_agent.runtimes.engine import Engine


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
        tabled = self.manifest.thresholds
        general = tabled.get(str(regime), tabled.get(ANY, DEFAULT_THRESHOLD))
        return {ANY: general, **self.point.thresholds}

    def detect(self, frame: Frame, regime: Regime) -> Detections:
        """Run on a frame as it is to be seen in a regime.

        Raises:
            EngineError: the runtime failed.
            SourceError: the picture cannot be scaled.
        """
        return detect(self.engine, frame, self.point, self.thresholds(regime))
