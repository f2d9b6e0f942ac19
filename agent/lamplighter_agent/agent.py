"""The running agent: three threads of its own around the pure parts.

The serve thread turns frames into detections and never waits; the deploy thread runs the
deployment machine; the control thread sends, answers commands and watches for breaches.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import (
    CommandKind,
    EventKind,
    Outcome,
    ReasonCode,
    RequestKind,
    Severity,
    SourceState,
    TriggerKind,
)
from lamplighter_wire.errors import AddressError, ExpiredError, WireError
from lamplighter_wire.messages import (
    Birth,
    Capabilities,
    Command,
    Desired,
    Envelope,
    Event,
    Limits,
    Message,
    Probe,
    Reported,
    Request,
    Shift,
    Telemetry,
)
from lamplighter_wire.signing import KeySet, open_desired

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.delivery.fetcher import Fetcher
from lamplighter_agent.deployment.failure_reasons import reason_of
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.deployment.state_machine import RESTING
from lamplighter_agent.device.kept_files import Kept, conditions_of
from lamplighter_agent.errors import AgentError
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import ServeLoop
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.resident_models import LadderStep
from lamplighter_agent.link.inbound import revision_in
from lamplighter_agent.link.session import Session
from lamplighter_agent.monitoring import breach
from lamplighter_agent.monitoring.process import DEPLOY_THREAD
from lamplighter_agent.perception.detecting import Detections
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.effects import DeviceDuties

log = logging.getLogger(__name__)

# Messages that wait for the control thread; more than this means that it hangs.
MAX_WAITING = 1000
CONTROL_TICK_S = 0.5
JOIN_S = 10.0
DETECTIONS_FILE = "detections.jsonl"
# The log of boxes is for demonstrations; it must not fill a disk that someone forgets.
MAX_DETECTIONS_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """What bootstrap puts together."""

    settings: AgentSettings
    keys: KeySet
    clock: Clock
    capabilities: Capabilities
    probe: Callable[[], Probe]
    session: Session
    fetcher: Fetcher
    pool: EnginePool
    kept: Kept


class Agent:
    """Listens to the serve loop and to the session, and connects them with the deployment."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings, self._clock = parts.settings, parts.clock
        self._outgoing: queue.Queue[Callable[[], None]] = queue.Queue(MAX_WAITING)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._breach = breach.BreachState()
        self._record = _DetectionLog(self._settings)
        self._told = (0, "")
        self.serve: InService
        self.serve_loop: ServeLoop
        self.duties: DeviceDuties
        self.runner: Runner

    def attach(
        self, serve: InService, serve_loop: ServeLoop, duties: DeviceDuties, runner: Runner
    ) -> None:
        """The parts that need the agent to speak through."""
        self.serve, self.serve_loop = serve, serve_loop
        self.duties, self.runner = duties, runner

    # --- life

    def start(self) -> None:
        """Connect, serve what is known-good, go on with what was under way."""
        session = self._parts.session
        session.handle(
            desired=self.on_desired,
            command=self.on_command,
            blob=self._parts.fetcher.on_blob,
            online=self._parts.fetcher.on_connected,
        )
        session.send("capabilities", self._parts.capabilities)
        session.start()
        self._send_probe(fresh=False)
        self._spawn("control", self._control)
        self._spawn(DEPLOY_THREAD, self.runner.run)
        self._spawn("serve", lambda: self.serve_loop.run(self._stop))

    def stop(self) -> None:
        """End all threads; the journal knows where to go on."""
        self._stop.set()
        self.runner.stop()
        for thread in self._threads:
            thread.join(JOIN_S)
        while not self._outgoing.empty():
            self._outgoing.get_nowait()()
        self._parts.session.close()
        self._parts.pool.close()

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def birth(self) -> Birth:
        """What the device says first in a session."""
        serving = self.duties.serving()
        return Birth(
            agent_version=self._parts.capabilities.agent_version,
            highest_revision=self.runner.highest_revision,
            variant=serving.variant,
        )

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                target()
            except Exception:
                log.exception("thread %s ended", name)
                raise

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    # --- from the controller (transport's thread)

    def on_desired(self, envelope: Envelope) -> None:
        """Believe a desired state only when it is signed, meant for this device, and in time."""
        try:
            desired = open_desired(
                envelope, self._parts.keys, self._settings.device, self._clock.time()
            )
        except ExpiredError as error:
            self._expired(envelope, str(error))
        except AddressError as error:
            log.warning("desired state dropped, misaddressed: %s", error)
        except WireError as error:
            self.runner.refuse(reason_of(error), str(error), revision_in(envelope))
        else:
            self.runner.submit(desired)

    def _expired(self, envelope: Envelope, text: str) -> None:
        """What is retained at the broker comes again, expired, long after it was done."""
        desired = decode(envelope.payload, Desired)
        if desired.revision and desired.revision == self.runner.highest_revision:
            self.runner.submit(desired)
        else:
            self.runner.refuse(ReasonCode.EXPIRED, text, desired.revision)

    def on_command(self, command: Command) -> None:
        """probe: measure again; report: say the present state again."""
        log.info("command %s", command.kind)
        if command.kind == CommandKind.PROBE:
            self._later(lambda: self._send_probe(fresh=True))
        elif command.kind == CommandKind.REPORT:
            self._later(lambda: self.report(self.runner.reported()))

    # --- from the deployment (deploy thread)

    def report(self, reported: Reported) -> None:
        """Say how the deployment stands; its end is kept as an event as well."""
        self._send("reported", reported)
        ended = (reported.revision, reported.outcome)
        if reported.outcome and ended != self._told:
            self._told = ended
            severity = Severity.INFO if reported.outcome is Outcome.COMMITTED else Severity.WARNING
            text = f"revision {reported.revision} {reported.outcome} {reported.reason}".strip()
            data = {
                "revision": reported.revision,
                "outcome": reported.outcome,
                "reason": reported.reason,
                "variant": reported.variant,
                "detail": reported.detail,
            }
            self.tell(EventKind.DEPLOYMENT, severity, text, data)

    def tell(self, kind: EventKind, severity: Severity, text: str, data: dict[str, Any]) -> None:
        """Something happened."""
        event = Event(
            device=self._settings.device,
            at=self._clock.time(),
            kind=kind,
            severity=severity,
            text=text,
            data=data,
        )
        log.info("%s: %s", kind, text)
        self._later(lambda: self._send("event", event))

    # --- from the serve loop (serve thread): must return at once

    def on_window(self, window: Telemetry) -> None:
        self._later(lambda: self._send("telemetry", window))
        self._later(lambda: self._judge(window))

    def on_shift(self, shift: Shift) -> None:
        """Step to the resident rung for the new workload at once, and ask for better."""
        self._later(lambda: self._parts.kept.keep_workload(shift.after))
        step = self.duties.answer_shift(shift.after, self._limits())
        data = {**msgspec.to_builtins(shift), "threshold": self.serve.threshold}
        text = f"{shift.before.regime} to {shift.after.regime}, {shift.after.fps_demand:.1f} fps"
        self.tell(EventKind.WORKLOAD_SHIFT, Severity.INFO, text, data)
        if step is not None:
            self._tell_switch(step)
        self._ask(TriggerKind.SHIFT, shift, step)

    def on_source(self, state: str) -> None:
        if state == SourceState.OK:
            self.tell(EventKind.SOURCE_BACK, Severity.INFO, "the camera is back", {})
        else:
            self.tell(
                EventKind.SOURCE_LOST, Severity.WARNING, f"the camera is {state}", {"state": state}
            )

    def on_frame(self, frame: Frame, found: Detections, serving: Serving) -> None:
        self._record.add(frame, found, serving)

    # --- control thread

    def _control(self) -> None:
        while not self._stop.is_set():
            try:
                work = self._outgoing.get(timeout=CONTROL_TICK_S)
            except queue.Empty:
                continue
            work()

    def _later(self, work: Callable[[], None]) -> None:
        try:
            self._outgoing.put_nowait(work)
        except queue.Full:
            log.error("a message is lost: the control thread does not keep up")

    def _send(self, channel: str, message: Message) -> None:
        try:
            self._parts.session.send(channel, message)
        except (AgentError, WireError) as error:
            log.error("cannot say %s: %s", channel, error)

    def _judge(self, window: Telemetry) -> None:
        # A deployment under way judges for itself, and its end changes what is served. What it
        # takes beside (a ladder is proven after the end) is no breach of what serves.
        if window.disturbed or self.runner.record.machine.phase not in RESTING:
            self._breach = breach.forget(self._breach)
            return
        cooldown_s = breach.COOLDOWN_S * min(self._settings.time_scale, 1.0)
        self._breach, broken = breach.step(self._breach, window, self._limits(), cooldown_s)
        if broken:
            self.tell(
                EventKind.BREACH, Severity.WARNING, broken, {"serving": window.serving.variant}
            )
            self._ask(TriggerKind.BREACH, None, None)

    def _limits(self) -> Limits:
        """Of the newest desired state; the device's own power budget where that has none."""
        desired = self.runner.record.desired
        limits = desired.limits if desired else Limits()
        return msgspec.structs.replace(
            limits, power_w=limits.power_w or self._settings.power_budget_w
        )

    def _tell_switch(self, step: LadderStep) -> None:
        point = step.point
        data = {"to": msgspec.to_builtins(point), "switch_ms": step.switch_ms}
        text = f"{point.variant} at {point.width}x{point.height} in {step.switch_ms:.2f} ms"
        self.tell(EventKind.LADDER_SWITCH, Severity.INFO, text, data)
        self._later(lambda: self._send("reported", self.runner.reported()))

    def _ask(self, trigger: TriggerKind, shift: Shift | None, step: LadderStep | None) -> None:
        request = Request(
            device=self._settings.device,
            at=self._clock.time(),
            kind=RequestKind.RECOMPRESS,
            trigger=trigger,
            shift=shift,
            answered_by=step.point if step else None,
            served=step.before if step else None,
            revision=self.runner.highest_revision,
        )
        self._later(lambda: self._send("request", request))

    def _send_probe(self, *, fresh: bool) -> None:
        """The probe's result, kept while its conditions are the same, or measured again."""
        conditions = conditions_of(self._settings, self._parts.capabilities)
        probe = None if fresh else self._parts.kept.probe(conditions)
        try:
            if probe is None:
                probe = self._parts.probe()
                self._parts.kept.keep_probe(probe, conditions)
        except AgentError as error:
            log.error("probe failed: %s", error)
        if probe is not None:
            self._send("probe", probe)


class _DetectionLog:
    """Boxes of every n-th frame as lines of JSON, where the settings ask for it."""

    def __init__(self, settings: AgentSettings) -> None:
        self._every = settings.detections_every
        self._path = settings.state_dir / DETECTIONS_FILE
        self._count = 0

    def add(self, frame: Frame, found: Detections, serving: Serving) -> None:
        self._count += 1
        if not self._every or self._count % self._every:
            return
        line = {
            "at": frame.at,
            "index": frame.index,
            "clip": frame.clip,
            "clip_index": frame.clip_index,
            "phase": frame.phase,
            "variant": serving.point.variant,
            "boxes": [[round(float(v), 3) for v in box] for box in found.boxes],
        }
        try:
            with self._path.open("ab") as file:
                if file.tell() < MAX_DETECTIONS_BYTES:
                    file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            log.warning("boxes not logged: %s", error)
