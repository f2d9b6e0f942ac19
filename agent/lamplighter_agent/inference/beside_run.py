"""What may run beside the network that serves, on a frame that is served anyway: the seam."""

from typing import Protocol

from lamplighter_wire.messages import Regime

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.perception.frame_inference import FrameResult


class BesideRun(Protocol):
    """Comes along for one frame. Whatever else it runs there, the frame is served."""

    def infer(self, frame: Frame, regime: Regime, serving: Serving) -> FrameResult:
        """What `serving` makes of the frame. Called on the serve loop's thread.

        Raises:
            EngineError: `serving` fails; what runs beside it raises nothing here.
            SourceError: the picture cannot be scaled.
        """
