"""Follow what the street does: tracks, counts, motion, light and rain, and when that has changed.

Used by the serve loop's thread; others read the regime and the demanded frame rate.
"""

from lamplighter_wire.messages import Regime, Shift, Workload

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.monitoring.shift_detector import ShiftDetector
from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.monitoring.workload_history import WorkloadSample
from lamplighter_agent.perception.counting import Counts, LineCounter
from lamplighter_agent.perception.detecting import Boxes
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.light_and_rain import LightAndRain, LightAndRainMeter
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_agent.settings import AgentSettings

# Light and rain are looked at as often as samples are taken, and at least this often.
LONGEST_LOOK_S = 1.0


class StreetMonitor:
    """From boxes to a workload. `accepted` is the workload as last accepted, before a restart."""

    def __init__(self, settings: AgentSettings, accepted: Workload | None = None) -> None:
        shifts = ShiftSettings().scaled(settings.time_scale)
        self._settings = settings
        self._tracker = Tracker(settings.camera_width, settings.camera_height)
        self._counter = LineCounter(settings.lines)
        self._motion = MotionWindow(shifts.motion_s)
        self._meter = LightAndRainMeter(min(shifts.sample_s, LONGEST_LOOK_S))
        self._detector = detector = ShiftDetector(shifts)
        self._shifts = detector.resume(accepted) if accepted else detector.start(Workload())
        self.demand_fps = settings.fps_floor

    @property
    def regime(self) -> Regime:
        """As last accepted by the shift detector."""
        workload = self._shifts.workload or self._shifts.assumed
        return workload.regime if workload else Regime()

    def accepted_fps(self, otherwise: float) -> float:
        """The frame rate that was accepted as demanded; `otherwise` before any was."""
        return self._detector.accepted_fps(self._shifts, otherwise)

    @property
    def new_objects(self) -> int:
        """Objects of the newest frame that were not known before."""
        return self._tracker.fresh

    @property
    def motion(self) -> float:
        """Speed in pixels per second over the motion window."""
        return self._motion.motion()

    def follow(self, boxes: Boxes, at: float) -> None:
        """Boxes [n, 6] of a frame (see Detections), seen at wall time `at`."""
        tracks = self._tracker.update(boxes, at)
        self._counter.update(tracks)
        self._motion.add(tracks)

    def look(self, frame: Frame) -> LightAndRain | None:
        """Light and rain of a frame, when it is time to look; otherwise None.

        Raises:
            SourceError: the picture cannot be converted.
        """
        return self._meter.look(frame)

    def judge(self, light: LightAndRain, objects: int, at: float) -> Shift | None:
        """One sample of the street with so many objects; the shift that it completes."""
        self.demand_fps = self._motion.demand(self._settings.fps_floor, self._settings.fps_cap)
        sample = WorkloadSample(
            at=at,
            objects=objects,
            brightness=light.brightness,
            rain=light.rain,
            fps_demand=self.demand_fps,
            motion=self._motion.motion(),
        )
        self._shifts, shift = self._detector.step(self._shifts, sample)
        return shift

    def take_counts(self) -> Counts:
        """Crossings since the last call."""
        return self._counter.take()

    def take_track_breaks(self) -> int:
        """Confirmed tracks lost inside the picture since the last call."""
        return self._tracker.take_breaks()
