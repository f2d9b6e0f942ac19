"""The serve loop of a stream: frame, answer, what the monitor makes of it, telemetry, shift.

Nothing here waits for the network or for a deployment.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import OperatingPoint, Shift, Telemetry, Workload
from lamplighter_wire.rules.sizes import point_key

from lamplighter_agent.camera.burst import APART_S, LookState, after_frame
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.pacer import Pacer
from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.errors import EngineError, SourceError
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.operating_points import same_work
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitor import FollowsTask, KnowsWhenEmpty
from lamplighter_agent.monitoring.process import DeviceMeter
from lamplighter_agent.monitoring.telemetry import WindowBuilder
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.perception.resting.change_gate import ChangeGate
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

# While nothing is served, frames are still read this often, for the first trial.
IDLE_FPS = 1.0
ENDED_WAIT_S = 0.5


def _ignore(*_: Any) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is called by the loop, on its thread: each must return at once."""

    on_window: Callable[[Telemetry], None] = _ignore
    on_shift: Callable[[Shift], None] = _ignore
    on_source: Callable[[str, str], None] = _ignore  # state, and why
    on_frame: Callable[[Frame, FrameResult, Serving], None] = _ignore


class ServeLoop:
    """Runs on its own thread, on what is in service at each frame.

    Args:
        meter: of the device; all its streams share it.
        in_force: which versions the settings follow; None: the device's own.
        gate: lets the network rest where the policy asks for it; None: never.
    """

    def __init__(
        self,
        settings: AgentSettings,
        clock: Clock,
        stream: Stream,
        in_service: InService,
        idle: IdleSlots,
        meter: DeviceMeter,
        listeners: Listeners,
        in_force: SettingsInForce | None = None,
        gate: ChangeGate | None = None,
    ) -> None:
        self._in_force = in_force or SettingsInForce(settings)
        self._next = self._in_force  # from the next window on; written by other threads
        self._settings, self._clock, self.stream = settings, clock, stream
        self._camera, self._monitor = stream.camera, stream.monitor
        self._follows_task = stream.monitor if isinstance(stream.monitor, FollowsTask) else None
        self._street = stream.monitor if isinstance(stream.monitor, KnowsWhenEmpty) else None
        self._gate = gate or ChangeGate()
        self._in_service, self._idle, self._listeners = in_service, idle, listeners
        self._pacer = Pacer(clock)
        self._window = WindowBuilder(settings, clock, meter, stream.name)
        self._look = LookState()
        self._source_state: str = SourceState.OK
        self._last: Serving | None = None  # what the last frame was served on
        self.beat_at = clock.monotonic()  # when the last step began

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. A failing engine or a lost camera does not end it."""
        self.beat_at = self._clock.monotonic()
        while not stop.is_set():
            self.step()
        self._camera.close()

    def adopt(self, in_force: SettingsInForce) -> None:
        """Other settings: the window ends with the next frame, and they hold from then on.

        Returns at once, and may be called from any thread.
        """
        self._next = in_force

    def step(self) -> None:
        """One frame, or one wait for it."""
        self.beat_at = self._clock.monotonic()
        fps = self._in_service.fps_of(self.stream)
        if self._in_service.serving is None:
            fps = min(IDLE_FPS, fps)
        missed = self._pacer.wait(fps)
        self._want(fps)
        frame = self._camera.read()
        self._pacer.excuse()
        self._note_source()
        if frame is not None:
            self._count_missed(missed)
            self._last = self._serve(frame)
            self.stream.recent.append(frame)
            self._idle.offer(self._rest_s(1 / max(fps, 0.1)), self.stream.name)
        elif self._source_state != SourceState.OK:
            self._window.add_lost()
            if self._source_state == SourceState.ENDED:
                self._clock.sleep(ENDED_WAIT_S)
        if self._window.due or self._next is not self._in_force:
            self._close_window()
            self._follow_settings()

    def _want(self, fps: float) -> None:
        """Tell the camera how often it is read, and how large its pictures are looked at."""
        serving = self._in_service.serving
        point = serving.point if serving is not None else OperatingPoint()
        looking_fps = 1 / APART_S if self._look.looking else 0.0
        self._camera.want(max(fps, looking_fps), point.width, point.height)

    def _rest_s(self, period_s: float) -> float:
        """Seconds to the next frame: soon, where something new must be seen twice."""
        self._look = after_frame(self._look, self._monitor.new_objects, period_s)
        if not self._look.looking:
            return period_s
        self._pacer.hasten(APART_S)
        return APART_S

    def _count_missed(self, slots: int) -> None:
        """Slots that passed while the last frame was served."""
        if slots and self._last is not None:
            self._in_service.add_dropped(self.stream, self._last, slots)
            self._window.add_dropped(slots)

    def _serve(self, frame: Frame) -> Serving | None:
        """Serve a frame on what is in service now; what that was.

        It is read in turn with those who close engines: what is closed is never run.
        """
        if self._in_service.serving is None:
            self._window.add_unserved()
            return None
        if self._rests(frame):
            return self._in_service.serving
        asked = self._clock.monotonic()
        with self._idle.turn:
            wait_ms = (self._clock.monotonic() - asked) * 1e3
            serving = self._in_service.serving
            result = self._infer(frame, serving) if serving is not None else None
        if serving is not None and result is not None:
            self._in_service.add_frame(self.stream, serving, result.latency_ms, wait_ms)
            self._window.add(result, wait_ms)
            self._follow_up(frame, result, serving)
        else:
            self._window.add_unserved()
        return serving

    def _rests(self, frame: Frame) -> bool:
        """Whether the network is spared a frame, as nothing moves and nobody is followed."""
        street = self._street
        if street is None or not self._gate.may_rest(frame, street.is_empty):
            return False
        if not self._in_service.may_rest:
            return False
        self._window.add_rested()
        self._tell(street.follow_still(frame))
        return True

    def _infer(self, frame: Frame, serving: Serving) -> FrameResult | None:
        """None, and a dropped frame, when `serving` fails on it."""
        run, regime = self._in_service.take_beside(), self.stream.regime
        try:
            if run is None:
                return serving.infer(frame, regime)
            return run.infer(frame, regime, serving)
        except (EngineError, SourceError) as error:
            log.warning("frame not served: %s", error)
            self._in_service.add_error(self.stream, serving)
            self._window.add_dropped(1)
            return None

    def _follow_up(self, frame: Frame, result: FrameResult, serving: Serving) -> None:
        self._listeners.on_frame(frame, result, serving)
        self._compare(frame, result, serving)
        if self._follows_task is not None:
            self._follows_task.follow_task(serving.task)
        self._gate.saw(frame)
        self._tell(self._monitor.follow(frame, result.answer))

    def _tell(self, shift: Shift | None) -> None:
        if shift is not None:
            self._listeners.on_shift(msgspec.structs.replace(shift, stream=self.stream.name))

    def _compare(self, frame: Frame, result: FrameResult, serving: Serving) -> None:
        """Run a rare frame again with the best variant held, or if that serves with the next."""
        every, references = self._settings.reference_every, self._in_service.references
        if not every or self.stream.frames % every:
            return
        others = [one for one in references if not same_work(one.point, serving.point)]
        if not others:
            return
        try:
            with self._idle.turn:
                again = others[0].infer(frame, self.stream.regime)
        except (EngineError, SourceError):
            return
        agreement = serving.task.agreement(result.answer, again.answer)
        is_weaker = others[0] is not references[0]
        self._window.add_agreement(agreement, _key(others[0].point), is_weaker=is_weaker)

    def _note_source(self) -> None:
        if self._camera.state != self._source_state:
            self._source_state = self._camera.state
            self._listeners.on_source(self._source_state, self._camera.reason)

    def _close_window(self) -> None:
        serving = self._in_service.serving
        window = self._window.close(
            serving.point if serving else OperatingPoint(),
            Workload(regime=self._monitor.regime, fps_demand=self._monitor.demand_fps),
            source_state=self._source_state,
            source_reason=self._camera.reason,
            threshold=self._in_service.threshold(self.stream.regime),
        )
        self._in_service.beside_cores = self._window.beside_cores
        window = msgspec.structs.replace(
            self._monitor.complete(window),
            configuration=self._in_force.version,
            street=self._in_force.street_version,
        )
        self._listeners.on_window(window)

    def _follow_settings(self) -> None:
        """Between two windows, so that each is of one version."""
        in_force = self._next
        if in_force is self._in_force:
            return
        self._in_force, self._settings = in_force, in_force.settings
        self._window.follow_settings(in_force.settings)
        self.stream.follow_settings(in_force.settings)


def _key(point: OperatingPoint) -> str:
    return point_key(point.variant, point.width, point.height)
