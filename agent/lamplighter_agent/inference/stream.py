"""One camera on this device: where its frames come from, and what is followed in them."""

from collections import deque

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import CameraFacts, Regime, Workload

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.monitoring.monitor import FollowsCamera, FollowsSettings, Monitor
from lamplighter_agent.settings import AgentSettings

# Frames kept for trials: enough variety, and at 640x480 below four megabytes.
RECENT_FRAMES = 8


class Stream:
    """`recent` are its newest frames; `frames` and `dropped` count from the start.

    Args:
        name: its id; empty on a device that has one without a name.
    """

    def __init__(
        self, settings: AgentSettings, camera: FrameSource, monitor: Monitor, name: str = ""
    ) -> None:
        self._fps_cap = settings.fps_cap
        self.camera, self.monitor, self.name = camera, monitor, name
        self.recent: deque[Frame] = deque(maxlen=RECENT_FRAMES)
        self.frames = self.dropped = 0
        if isinstance(monitor, FollowsCamera):
            monitor.follow_camera(lambda: camera.fps)

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on; on the thread that serves the stream."""
        self._fps_cap = settings.fps_cap
        if isinstance(self.monitor, FollowsSettings):
            self.monitor.follow_settings(settings.of_stream(self.name))

    @property
    def is_alive(self) -> bool:
        """Whether its camera gives frames, as far as is known."""
        return self.camera.state == SourceState.OK

    @property
    def trouble(self) -> str:
        """Why its camera gives nothing; empty while it gives frames."""
        return "" if self.is_alive else f"{self.camera.state}: {self.camera.reason}".rstrip(": ")

    @property
    def regime(self) -> Regime:
        """As last accepted by the monitor."""
        return self.monitor.regime

    @property
    def workload(self) -> Workload:
        """As last accepted; before that, as it looks."""
        accepted_fps = self.monitor.accepted_fps(self.monitor.demand_fps)
        return Workload(regime=self.regime, fps_demand=self._within_camera(accepted_fps))

    @property
    def demand_fps(self) -> float:
        """Frames per second demanded, within the camera."""
        return self._within_camera(min(self.monitor.demand_fps, self._fps_cap))

    @property
    def facts(self) -> CameraFacts:
        """What its camera is, by what it gave."""
        fps = round(self.camera.fps, 1)
        busy_cores = round(self.camera.busy_cores, 3)
        if not self.recent:
            return CameraFacts(fps=fps, busy_cores=busy_cores)
        frame = self.recent[-1]
        return CameraFacts(
            fps=fps,
            width=frame.width,
            height=frame.height,
            rotation_deg=frame.rotation_deg,
            bits=frame.bits,
            busy_cores=busy_cores,
        )

    def _within_camera(self, fps: float) -> float:
        return min(fps, self.camera.fps) if self.camera.fps else fps
