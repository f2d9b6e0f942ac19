"""What the serve loop holds: a rung with its open engine."""

from dataclasses import dataclass, field

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import OperatingPoint, Regime, Rung
from lamplighter_wire.rules.regimes import ANY, regime_key
from lamplighter_wire.tasks.registry import find_task, task_reading
from lamplighter_wire.tasks.task import Task

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.perception.frame_inference import FrameResult, infer_frame
from lamplighter_agent.runtimes.engine import Engine


@dataclass(frozen=True, slots=True)
class Serving:
    """A rung with its loaded engine: what the serve loop holds."""

    rung: Rung
    manifest: Manifest
    engine: Engine
    task: Task = field(init=False, repr=False, compare=False)
    """What its answers are read by: the device takes no variant of a task it does not know."""

    def __post_init__(self) -> None:
        task = task_reading(find_task(self.manifest.task), self.manifest.decoder)
        object.__setattr__(self, "task", task)

    @property
    def point(self) -> OperatingPoint:
        return self.rung.point

    def thresholds(self, regime: Regime) -> dict[str, float]:
        """Scores per class ("" for the rest): the point's own, else the manifest's for a regime."""
        task, tabled = self.task, self.manifest.thresholds
        otherwise = tabled.get(ANY, task.default_threshold)
        general = tabled.get(regime_key(regime, task.axes), otherwise)
        return {ANY: general, **self.point.thresholds}

    def infer(self, frame: Frame, regime: Regime) -> FrameResult:
        """Run on a frame as it is to be seen in a regime.

        Raises:
            EngineError: the runtime failed.
            SourceError: the picture cannot be scaled.
        """
        return infer_frame(self.task, self.engine, frame, self.point, self.thresholds(regime))
