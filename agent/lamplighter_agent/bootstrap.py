"""Put the agent together from its settings. The only place that knows every part."""

import dataclasses
from pathlib import Path

from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.messages import Manifest, Request
from lamplighter_wire.mqtt import MqttTransport
from lamplighter_wire.signing import KeySet, open_manifest
from lamplighter_wire.transport import Transport

from lamplighter_agent.acceptance.acceptance_test import Prover
from lamplighter_agent.agent import Agent, Parts
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.opening import LateSource
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import Fetcher
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.deployment.journal import Journal
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.device.capabilities import read_capabilities
from lamplighter_agent.device.kept_files import Kept
from lamplighter_agent.device.probe import run_probe
from lamplighter_agent.inference.engine_pool import EnginePool, OpenEngine
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import Listeners, ServeLoop
from lamplighter_agent.link.enrolment import Identity, load_identity
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.session import Session
from lamplighter_agent.monitoring.street_monitor import StreetMonitor
from lamplighter_agent.runtimes.onnxruntime import open_onnx
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.effects import DeviceDuties

JOURNAL, OUTBOX, CHUNKS, SLOTS = "journal.json", "outbox.sqlite", "chunks", "slots"


def bootstrap(settings: AgentSettings) -> Agent:
    """The agent of an enrolled device.

    Raises:
        EnrolError: the device has no identity yet.
    """
    identity = load_identity(settings.state_dir)
    settings = _identified(settings, identity)
    clock = SystemClock()
    transport = MqttTransport(
        settings.broker_host,
        settings.broker_port,
        settings.device,
        identity.tls,
        clock=clock,
    )
    return assemble(settings, identity.keys, transport, clock)


def assemble(
    settings: AgentSettings,
    keys: KeySet,
    transport: Transport,
    clock: Clock,
    *,
    source: FrameSource | None = None,
    open_engine: OpenEngine = open_onnx,
    journal: Journal | None = None,
) -> Agent:
    """An agent over any transport; tests give an in-memory one and a source of their own."""
    home = settings.state_dir
    capabilities = read_capabilities(settings)
    outbox = Outbox(home / OUTBOX, settings.outbox_bytes, settings.outbox_age_s, clock)
    session = Session(transport, settings.device, outbox, clock, birth=lambda: agent.birth())

    def ask(request: Request) -> None:
        session.send_now("request", request)

    def read_manifest(data: bytes) -> Manifest:
        return open_manifest(data, keys)

    store = ChunkStore(home / CHUNKS, settings.chunk_store_bytes)
    slots = Slots(home / SLOTS, read_manifest)
    idle, kept = IdleSlots(clock), Kept(home)
    pool = EnginePool(slots, settings.session_config, idle.turn, open_engine)
    fetcher = Fetcher(transport, store, settings.device, clock, ask)
    parts = Parts(
        settings=settings,
        keys=keys,
        clock=clock,
        capabilities=capabilities,
        probe=lambda: run_probe(settings, clock),
        session=session,
        fetcher=fetcher,
        pool=pool,
        kept=kept,
    )
    agent = Agent(parts)
    camera = source or LateSource(settings.source, clock, settings.fps or None)
    street = StreetMonitor(settings, kept.workload())
    serve = InService(settings, clock, camera, street)
    listeners = Listeners(
        on_window=agent.on_window,
        on_shift=agent.on_shift,
        on_source=agent.on_source,
        on_frame=agent.on_frame,
    )
    serve_loop = ServeLoop(settings, clock, camera, street, serve, idle, listeners)
    duties = DeviceDuties(
        settings=settings,
        capabilities=capabilities,
        clock=clock,
        store=store,
        slots=slots,
        pool=pool,
        delivery=fetcher,
        open_manifest=read_manifest,
        serve=serve,
        prover=Prover(settings, clock, store.read, pool, serve, idle),
        tell=agent.tell,
    )
    journal = journal or Journal(home / JOURNAL)
    runner = Runner(settings.device, journal, duties, agent.report, clock)
    agent.attach(serve, serve_loop, duties, runner)
    return agent


def _identified(settings: AgentSettings, identity: Identity) -> AgentSettings:
    """Settings with the enrolled id, and the broker as told at enrolment unless set."""
    return dataclasses.replace(
        settings,
        device=identity.device,
        broker_host=settings.broker_host or identity.broker_host,
        broker_port=settings.broker_port or identity.broker_port,
    )


def journal_path(state_dir: Path) -> Path:
    """Where the deployment's record lies."""
    return state_dir / JOURNAL
