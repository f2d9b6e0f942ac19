"""The running agent: its threads.

A serve thread for each stream turns frames into detections and waits only for the engine, which
the streams share in turn; the deploy thread runs the deployment machine; the control thread
publishes, carries out commands and watches for breaches. The session has a thread of its own.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.messages import CameraFacts, Capabilities, Configured

from lamplighter_agent.delivery.neighbour_server import NeighbourServer
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.device.capabilities import with_cameras
from lamplighter_agent.device.probe_publisher import ProbePublisher
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import ServeLoop
from lamplighter_agent.inference.serve_watch import ServeWatch
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.link.session import Session
from lamplighter_agent.monitoring.process import DEPLOY_THREAD, DeviceMeter
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.effects import DeviceEffects

log = logging.getLogger(__name__)

JOIN_S = 10.0


@dataclass(kw_only=True)
class Agent:
    """Starts and stops the threads; what they do is in the parts, which bootstrap connects."""

    capabilities: Capabilities
    session: Session
    reporter: Reporter
    probe: ProbePublisher
    meter: DeviceMeter
    pool: EnginePool
    serve: InService
    serve_loops: tuple[ServeLoop, ...]  # one for each stream
    effects: DeviceEffects
    runner: Runner
    sense_s: float
    watch: ServeWatch
    neighbours: NeighbourServer | None = None
    _telling: threading.Lock = field(default_factory=threading.Lock, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _serving: dict[ServeLoop, threading.Thread] = field(default_factory=dict, init=False)

    def start(self) -> None:
        """Connect, serve what is known-good, go on with what was under way."""
        self.reporter.publish("capabilities", self.capabilities)
        self.session.start()
        if self.runner.record.known_good is None:
            self.probe.publish()  # nothing else disturbs it now
        else:
            self.reporter.later(self.probe.publish)  # the street first
        self._spawn("probe", self._keep_measured)
        self._spawn("sensors", lambda: self.meter.run(self._stop, self.sense_s))
        self._spawn("control", lambda: self.reporter.run(self._stop))
        self._spawn(DEPLOY_THREAD, self.runner.run)
        for loop in self.serve_loops:
            self._serve_on(loop)
        if self.neighbours is not None:
            self.neighbours.start()

    def _keep_measured(self) -> None:
        self.probe.run(self._stop)
        self._stop.wait()  # a thread that ends is a fault

    def certificate_ends(self, ends_at: float) -> None:
        """When the device's certificate ends (wall time); told to the controller if it is news."""
        self._tell(lambda before: msgspec.structs.replace(before, certificate_ends_at=ends_at))

    def trusts(self, version: int) -> None:
        """Which authorities the device trusts, as above."""
        self._tell(lambda before: msgspec.structs.replace(before, authorities=version))

    def believes_keys(self, version: int) -> None:
        """Which signing keys the device believes, as above."""
        self._tell(lambda before: msgspec.structs.replace(before, signing_keys=version))

    def cameras_give(self, cameras: Mapping[str, CameraFacts]) -> None:
        """What was measured of the camera of each stream, as above."""
        self._tell(lambda before: with_cameras(before, cameras))

    def is_configured(self, configured: Configured, settings: AgentSettings) -> None:
        """What is in force of what the controller has set, as above."""
        self._tell(
            lambda before: msgspec.structs.replace(
                before, configured=configured, power_budget_w=settings.power_budget_w
            )
        )

    def _tell(self, change: Callable[[Capabilities], Capabilities]) -> None:
        with self._telling:
            before, self.capabilities = self.capabilities, change(self.capabilities)
            if self._threads and self.capabilities != before:
                self.reporter.publish("capabilities", self.capabilities)

    def stop(self) -> None:
        """End all threads; the journal knows where to go on."""
        self._stop.set()
        if self.neighbours is not None:
            self.neighbours.close()
        self.runner.stop()
        for thread in self._threads:
            thread.join(JOIN_S)
        self.reporter.flush()
        self.session.close()
        self.pool.close()

    def look_after(self) -> bool:
        """Serve on where a serve thread has ended, and say so; False when only a restart helps.

        That is so when one stands in what cannot be ended, or ends again and again.
        """
        for loop in self.serve_loops:
            trouble = self.watch.trouble(loop, self._serving[loop].is_alive())
            if trouble is None:
                continue
            self.reporter.event(
                EventKind.SERVING_RESTARTED, Severity.ERROR, trouble.text, {}, loop.stream.name
            )
            if trouble.needs_restart:
                return False
            self._serve_on(loop)
        return True

    def serves_within(self, seconds: float) -> bool:
        """Whether every serve loop has begun a step within so many seconds."""
        now = self.watch.now
        return all(now - loop.beat_at < seconds for loop in self.serve_loops)

    def _serve_on(self, loop: ServeLoop) -> None:
        ended = self._serving.pop(loop, None)
        self._threads = [thread for thread in self._threads if thread is not ended]
        name = f"serve {loop.stream.name}".rstrip()
        self._serving[loop] = self._spawn(name, partial(loop.run, self._stop))

    @property
    def alive(self) -> bool:
        """Whether all threads run; those that serve are looked after."""
        serving = set(self._serving.values())
        return all(thread.is_alive() for thread in self._threads if thread not in serving)

    def _spawn(self, name: str, target: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                target()
            except Exception:
                log.exception("thread %s ended", name)
                raise

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread
