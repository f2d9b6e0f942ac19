"""Follow what the street does: tracks, counts, motion, light and rain, and when that has changed.

The monitor of detection.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import numpy as np
from lamplighter_wire.messages import Regime, Shift, Telemetry, Workload
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.statistics import percentile
from lamplighter_wire.tasks.task import Answer
from numpy.typing import NDArray

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError
from lamplighter_agent.monitoring.shift_detector import ShiftDetector
from lamplighter_agent.monitoring.shift_settings import shift_settings
from lamplighter_agent.monitoring.workload_history import WorkloadSample
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.counting import LineCounter, imbalance, scaled, street_lines
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.heights import HeightCounter
from lamplighter_agent.perception.light_and_rain import LightAndRain, LightAndRainMeter
from lamplighter_agent.perception.masks import Masks
from lamplighter_agent.perception.occupancy import OccupancyMeter
from lamplighter_agent.perception.speeds import SpeedMeter
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_agent.perception.turns import TurnCounter
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

# Light and rain are looked at as often as samples are taken, and at least this often.
LONGEST_LOOK_S = 1.0
NOBODY = np.zeros((0, 6), np.float32)


@dataclass(slots=True)
class _Window:
    """What was seen since the last window ended."""

    objects: list[int] = field(default_factory=list)
    scores: list[NDArray[np.float32]] = field(default_factory=list)
    brightness: list[float] = field(default_factory=list)


class StreetMonitor:
    """From boxes to a workload. `accepted` is the workload as last accepted, before a restart."""

    def __init__(self, settings: AgentSettings, accepted: Workload | None = None) -> None:
        self._settings, self._policy_in_force = settings, DEFAULTS
        self._policy: Callable[[], DevicePolicy] = lambda: DEFAULTS
        self._camera_fps: Callable[[], float] = lambda: 0.0
        shifts = shift_settings(DEFAULTS, settings.time_scale)
        self._size = (settings.camera_width, settings.camera_height)
        self._masks = Masks(settings.masks, self._size)
        self._tracker = Tracker(*self._size, lambda feet: self._masks.hides(feet, self._size))
        self._counter = LineCounter(street_lines(settings))
        self._turns = _turn_counter(settings)
        self._speeds = SpeedMeter(settings.distances)
        self._occupancy = OccupancyMeter(street_lines(settings), _zone_names(settings))
        self._heights = HeightCounter()
        self._lines_drawn_in = self._size
        self._motion = MotionWindow(shifts.motion_s)
        self._meter = LightAndRainMeter(min(shifts.sample_s, LONGEST_LOOK_S))
        self._detector = detector = ShiftDetector(shifts)
        self._shifts = detector.resume(accepted) if accepted else detector.start(Workload())
        self._window = _Window()
        self.demand_fps = settings.fps_floor

    def follow_policy(self, policy: Callable[[], DevicePolicy]) -> None:
        """Go by the policy in force; what is remembered of the street outlives a change of it."""
        self._policy = policy

    def follow_camera(self, fps: Callable[[], float]) -> None:
        """Ask for no more frames than the camera gives."""
        self._camera_fps = fps

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on. Who has crossed a line that has changed is not remembered."""
        before, self._settings = self._settings, settings
        is_other = _counted_on(settings) != _counted_on(before)
        if is_other or self._drawn_in != self._lines_drawn_in:
            self._counter = LineCounter(self._lines())
            self._turns = _turn_counter(settings)
            self._speeds = SpeedMeter(settings.distances)
            self._occupancy = OccupancyMeter(self._lines(), _zone_names(settings))
        self._lines_drawn_in = self._drawn_in
        self._masks = Masks(settings.masks, self._drawn_in)

    @property
    def regime(self) -> Regime:
        """As last accepted by the shift detector."""
        workload = self._shifts.workload or self._shifts.assumed
        return workload.regime if workload else Regime()

    @property
    def new_objects(self) -> int:
        """Objects of the newest frame that were not known before."""
        return self._tracker.fresh

    @property
    def is_empty(self) -> bool:
        """Nobody is followed, not even somebody who was seen once."""
        return not self._tracker.follows

    def follow_still(self, frame: Frame) -> Shift | None:
        """As a frame in which nobody was found."""
        return self.follow(frame, NOBODY)

    def accepted_fps(self, otherwise: float) -> float:
        """The frame rate that was accepted as demanded; `otherwise` before any was."""
        return self._detector.accepted_fps(self._shifts, otherwise)

    def follow(self, frame: Frame, answer: Answer) -> Shift | None:
        """Boxes [n, 6] in a frame; the shift that they complete.

        Who stands in a masked area is passed over, as if nobody had been found there.
        """
        answer = self._masks.unmasked(answer, (frame.width, frame.height))
        self._window.objects.append(len(answer))
        self._window.scores.append(answer[:, 4])
        self._measure(frame.width, frame.height)
        tracks = self._tracker.update(answer, frame.at)
        crossings = self._counter.update(tracks)
        if self._turns is not None:
            self._turns.update(crossings, tracks)
        self._speeds.update(crossings)
        self._occupancy.update(tracks)
        self._motion.add(tracks)
        light = self._look(frame)
        if light is not None:
            self._heights.add(tracks.boxes, frame.height)
        return None if light is None else self._judge(light, len(answer), frame.at)

    def complete(self, window: Telemetry) -> Telemetry:
        """The window with objects, their heights, counts, motion and brightness."""
        seen, self._window = self._window, _Window()
        counts = self._counter.take()
        return msgspec.structs.replace(
            window,
            brightness=percentile(seen.brightness, 50),
            density=percentile(seen.objects, 50),
            motion=self._motion.motion(),
            median_confidence=_median_of(seen.scores),
            track_breaks_per_min=self._tracker.take_breaks() * 60 / window.seconds,
            count_imbalance=imbalance(counts),
            counts=counts | (self._turns.take() if self._turns else {}),
            paces=self._speeds.take(),
            occupancy=self._occupancy.take(),
            heights=self._heights.take(),
        )

    def _measure(self, width: int, height: int) -> None:
        """The picture has another size than before: lines stay where they are in it.

        They are drawn in pixels of the size that the settings name, else of the pictures.
        """
        if self._size == (width, height):
            return
        self._tracker.resize(width, height)
        told = "{}x{}".format
        log.info("the camera gives %s pictures, before %s", told(width, height), told(*self._size))
        self._size = (width, height)
        if all(self._drawn_in):
            self._counter.redraw(self._lines())
            self._occupancy.redraw(self._lines())

    @property
    def _drawn_in(self) -> tuple[int, int]:
        """Width and height of the pictures that lines are drawn in; 0: of the camera's."""
        return self._settings.camera_width, self._settings.camera_height

    def _lines(self) -> list[CountLine]:
        """As they lie in the camera's pictures."""
        lines = street_lines(self._settings)
        if not all(self._drawn_in) or not all(self._size):
            return lines
        return scaled(lines, self._drawn_in, self._size)

    def _look(self, frame: Frame) -> LightAndRain | None:
        """Light and rain of a frame, when it is time to look and the picture can be converted."""
        try:
            light = self._meter.look(frame)
        except SourceError as error:
            log.warning("light and rain not seen: %s", error)
            return None
        if light is not None:
            self._window.brightness.append(light.brightness)
        return light

    def _judge(self, light: LightAndRain, objects: int, at: float) -> Shift | None:
        """One sample of the street with so many objects; the shift that it completes."""
        self.demand_fps = self._demand()
        sample = WorkloadSample(
            at=at,
            objects=objects,
            brightness=light.brightness,
            rain=light.rain,
            fps_demand=self.demand_fps,
            motion=self._motion.motion(),
        )
        self._adopt_policy()
        self._shifts, shift = self._detector.step(self._shifts, sample)
        return shift

    def _demand(self) -> float:
        asked = self._motion.demand(self._settings.fps_floor, self._settings.fps_cap)
        camera_fps = self._camera_fps()
        return min(asked, camera_fps) if camera_fps else asked

    def _adopt_policy(self) -> None:
        policy = self._policy()
        if policy != self._policy_in_force:
            self._policy_in_force = policy
            self._detector = ShiftDetector(shift_settings(policy, self._settings.time_scale))


def _counted_on(settings: AgentSettings) -> tuple[object, ...]:
    """Of what a street's counters are made."""
    return street_lines(settings), settings.turns, settings.distances


def _zone_names(settings: AgentSettings) -> list[str]:
    return [zone.name for zone in settings.zones]


def _turn_counter(settings: AgentSettings) -> TurnCounter | None:
    """Where it is asked for."""
    return TurnCounter(_zone_names(settings)) if settings.turns else None


def _median_of(scores: list[NDArray[np.float32]]) -> float:
    """Median over all detections of a window; 0.0 when there are none."""
    joined = np.concatenate(scores) if scores else np.zeros(0, np.float32)
    return float(np.median(joined)) if len(joined) else 0.0
