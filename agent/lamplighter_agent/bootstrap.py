"""Put the agent together from its settings. The only place that knows every part."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import Clock
from lamplighter_wire.command_line.shown_addresses import concealing
from lamplighter_wire.enums import CommandKind, EventKind, Severity
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.files import set_aside
from lamplighter_wire.graphs.harm import check_folder
from lamplighter_wire.messages import Birth, CameraFacts, Command, Request
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.signing import KeySet, open_manifest
from lamplighter_wire.tasks.registry import find_task
from lamplighter_wire.transport.mqtt import TlsFiles
from lamplighter_wire.transport.protocol import Transport

from lamplighter_agent.acceptance.acceptance_test import AcceptanceTest
from lamplighter_agent.acceptance.candidates import Candidates
from lamplighter_agent.agent import Agent
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.opening import LateSource
from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.configuration.intake import ConfigurationIntake, at_start
from lamplighter_agent.configuration.kept_configuration import KeptConfiguration
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import Fetcher
from lamplighter_agent.delivery.roads import Delivery
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.deployment.desired_intake import DesiredIntake
from lamplighter_agent.deployment.journal import Journal, policy_of
from lamplighter_agent.deployment.owner_limits import OwnerLimits
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.device.blob_roads import BlobRoads
from lamplighter_agent.device.camera_options import camera_options
from lamplighter_agent.device.camera_report import CameraReport
from lamplighter_agent.device.capabilities import read_capabilities, usable_memory_bytes
from lamplighter_agent.device.kept_files import KeptFiles, conditions_of
from lamplighter_agent.device.on_request.answers import answers
from lamplighter_agent.device.on_request.log_sharing import Logged
from lamplighter_agent.device.probe_process import probe_apart
from lamplighter_agent.device.probe_publisher import ProbePublisher
from lamplighter_agent.device.working_runtimes import working_runtimes
from lamplighter_agent.followers import Followers
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import ServeLoop
from lamplighter_agent.inference.serve_watch import ServeWatch
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.ladder.shift_response import ShiftResponse
from lamplighter_agent.link.certificates.authorities import TrustedAuthorities
from lamplighter_agent.link.certificates.certificates import Certificates
from lamplighter_agent.link.certificates.renewal import Renewal
from lamplighter_agent.link.certificates.signing_keys import KeysInForce, TrustedSigningKeys
from lamplighter_agent.link.commands import CommandHandler
from lamplighter_agent.link.identity import FOLDER as IDENTITY
from lamplighter_agent.link.identity import Identity, load_identity
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.link.session import Session
from lamplighter_agent.link.timing.believed_clock import BelievedClock, doubting
from lamplighter_agent.link.timing.punctual_transport import PunctualTransport
from lamplighter_agent.logs import set_log_level
from lamplighter_agent.monitoring.breach_watch import BreachWatch
from lamplighter_agent.monitoring.monitor import FollowsPolicy, monitor_factory
from lamplighter_agent.monitoring.patience import answered
from lamplighter_agent.monitoring.process import SENSE_S, DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import (
    EnergyReader,
    cpu_time_estimate,
    find_energy_reader,
)
from lamplighter_agent.perception.resting.change_gate import ChangeGate
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.serve_listeners import listeners
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.device_effects import device_effects
from lamplighter_agent.updating.verifying import Verifying

JOURNAL, OUTBOX, CHUNKS, SLOTS = "journal.json", "outbox.sqlite", "chunks", "slots"
# Patterns of whatever an agent keeps in its state folder.
STATE_FILES = (
    "identity",
    CHUNKS,
    SLOTS,
    "outbox.*",
    "*.json",
    "*.jsonl",
    "*.damaged",
    "lost+found",
)


def bootstrap(settings: AgentSettings, logged: Logged = list) -> Agent:
    """The agent of an enrolled device. `logged`: the newest lines of its log.

    Raises:
        EnrolError: the device has no identity yet.
        TaskError: its task is not installed.
    """
    identity = load_identity(settings.state_dir)
    settings = _identified(settings, identity)
    clock, folder = BelievedClock(), settings.state_dir / IDENTITY
    keys = KeysInForce(identity.keys, identity.keys_version)
    transport = PunctualTransport(
        settings.broker_host,
        settings.broker_port,
        settings.device,
        identity.tls,
        clock=clock,
        url=identity.url,
        keys=keys,
    )
    prove = transport.prove

    def certificates(agent: Agent, again: Callable[[], None]) -> Certificates:
        def switch(files: TlsFiles, ends_at: float) -> None:
            transport.present(files)
            agent.session.reconnect()
            agent.certificate_ends(ends_at)

        def believes(version: int) -> None:
            agent.believes_keys(version)
            again()

        reporter = agent.reporter
        return Certificates(
            Renewal(folder, settings.device, reporter, clock.time, prove, switch),
            TrustedAuthorities(folder, keys, reporter, prove, agent.trusts),
            TrustedSigningKeys(folder, keys, reporter, believes),
        )

    roads = BlobRoads(settings, identity, keys)
    agent = assemble(
        settings, keys, transport, clock, certificates=certificates, roads=roads, logged=logged
    )
    event = agent.reporter.event
    clock.tell = lambda text: event(EventKind.CLOCK_CORRECTED, Severity.WARNING, text, {})
    agent.certificate_ends(identity.ends_at)
    agent.trusts(identity.authorities)
    agent.believes_keys(identity.keys_version)
    return agent


def assemble(
    settings: AgentSettings,
    keys: Callable[[], KeySet],
    transport: Transport,
    clock: Clock,
    *,
    sources: Mapping[str, FrameSource] | None = None,
    runtimes: Runtimes | None = None,
    journal: Journal | None = None,
    certificates: Callable[[Agent, Callable[[], None]], Certificates] | None = None,
    roads: BlobRoads | None = None,
    logged: Logged = list,
) -> Agent:
    """An agent over any transport; tests give an in-memory one, and sources by stream.

    Args:
        logged: the newest lines of the log, which a controller may ask for.
        roads: connections beside the broker's; None: there is the broker's road only.
    """
    home, kept, own = settings.state_dir, KeptFiles(settings.state_dir), settings
    configurations = KeptConfiguration(home, keys, settings.device)
    in_force, configured = at_start(own, configurations)
    settings = in_force.settings
    _log_by(in_force)
    runtimes = runtimes or working_runtimes(installed_runtimes(), kept)
    capabilities = msgspec.structs.replace(
        read_capabilities(settings, runtimes.versions(), cameras=kept.cameras()),
        configured=configured,
    )
    if (home / OUTBOX).is_dir():
        set_aside(home / OUTBOX)
    outbox = Outbox(home / OUTBOX, settings.outbox_bytes, settings.outbox_age_s, clock)
    session = Session(transport, settings.device, outbox, clock)
    conceal = concealing(settings.camera_addresses)
    reporter = Reporter(session, settings.device, clock, conceal)

    def read_manifest(data: bytes) -> Manifest:
        return open_manifest(data, keys())

    def policy() -> DevicePolicy:
        return policy_of(runner.record)  # the runner stands before the street is looked at

    def request_chunks(request: Request) -> None:
        session.send_now("request", request)

    def tell_cameras(measured: dict[str, CameraFacts]) -> None:
        agent.cameras_give(measured)

    task, idle = find_task(settings.task), IdleSlots(clock)
    serve = InService(clock, _streams(settings, clock, kept, sources or {}))
    for stream in serve.streams:
        if isinstance(stream.monitor, FollowsPolicy):
            stream.monitor.follow_policy(policy)
    store = ChunkStore(home / CHUNKS, settings.chunk_store_bytes)
    usable_bytes = usable_memory_bytes(settings.memory_limit_bytes)
    slots = Slots(
        home / SLOTS, read_manifest, lambda m, folder: check_folder(m.runtime, folder, usable_bytes)
    )
    pool = EnginePool(slots, settings.session_config, idle.turn, runtimes, task)
    fetcher = Fetcher(transport, store, settings.device, clock, request_chunks)
    delivery: Delivery = fetcher
    if roads is not None:
        delivery = roads.delivery(store, fetcher, transport, clock, lambda: intake.believed)
    acceptance = AcceptanceTest(
        settings, clock, store.read, Candidates(settings, slots, pool), serve, idle
    )
    effects = device_effects(
        settings,
        clock,
        store=store,
        slots=slots,
        delivery=delivery,
        verifying=Verifying(store, slots, capabilities, settings.memory_limit_bytes),
        pool=pool,
        serve=serve,
        acceptance=acceptance,
        publish=reporter.event,
    )
    journal = journal or Journal(journal_path(home))
    owner = OwnerLimits(settings.threads, settings.power_budget_w)
    runner = Runner(settings.device, journal, effects, reporter.report, clock, owner=owner)
    conditions = conditions_of(settings, capabilities)
    measure = partial(probe_apart, settings, list(runtimes.versions()), clock)
    probe = ProbePublisher(measure, kept, conditions, reporter)
    response = ShiftResponse(
        settings, runner, serve, effects.residents.answer_shift, kept, reporter
    )
    meter = DeviceMeter(_energy_reader(settings, clock), clock, apart=True)
    breaches = BreachWatch(settings, runner, reporter)
    asked = answers(settings, clock, session, reporter, logged)
    cameras = CameraReport(
        capabilities.cameras,
        serve.streams,
        kept.keep_cameras,
        tell_cameras,
        kept.keep_camera_troubles,
    )
    listen = partial(listeners, settings, reporter, response, breaches, asked, cameras)
    agent = Agent(
        capabilities=capabilities,
        session=session,
        reporter=reporter,
        probe=probe,
        pool=pool,
        serve=serve,
        serve_loops=tuple(
            ServeLoop(
                settings,
                clock,
                stream,
                serve,
                idle,
                meter,
                listen(stream.name),
                in_force,
                ChangeGate(policy),
            )
            for stream in serve.streams
        ),
        effects=effects,
        runner=runner,
        meter=meter,
        sense_s=min(SENSE_S, settings.telemetry_s / 4),
        watch=ServeWatch(clock, settings.watchdog_s),
        neighbours=roads.server(store, read_manifest, clock) if roads is not None else None,
    )
    doubt = doubting(clock, session.reconnect)
    intake = DesiredIntake(keys, settings.device, clock, runner, doubt)
    followers = Followers(
        agent.serve_loops,
        runner,
        [part.follow_settings for part in (breaches, response, acceptance, asked.pictures)],
    )
    configuration = ConfigurationIntake(
        own, in_force, configured, configurations, followers.adopt, agent.is_configured, reporter
    )
    agent.session.handle(configuration=configuration.receive)

    def again() -> None:
        intake.again()
        configuration.again()

    held = certificates(agent, again) if certificates else None
    _connect(agent, intake, fetcher, asked.actions, held)
    return agent


def _log_by(in_force: SettingsInForce) -> None:
    """The process began to log by its own settings."""
    if in_force.version:
        set_log_level(in_force.settings.log_level)


def _streams(
    settings: AgentSettings, clock: Clock, kept: KeptFiles, sources: Mapping[str, FrameSource]
) -> list[Stream]:
    """The cameras of the settings, each with a monitor that begins where it was.

    Raises:
        TaskError: none is installed for the task.
    """
    monitor = monitor_factory(settings.task)
    return [
        Stream(
            settings,
            sources.get(name) or LateSource(address, clock, camera_options(settings, name)),
            monitor(settings.of_stream(name), kept.workload(name)),
            name,
        )
        for name, address in settings.streams.items()
    ]


def _energy_reader(settings: AgentSettings, clock: Clock) -> EnergyReader:
    """The best sensor that answers."""
    return answered(
        lambda: find_energy_reader(settings, clock), cpu_time_estimate(settings, clock), "energy"
    )


def _connect(
    agent: Agent,
    intake: DesiredIntake,
    fetcher: Fetcher,
    asked: Mapping[str, Callable[[Command], None]],
    certificates: Certificates | None,
) -> None:
    """What arrives through the session, and what it is opened with."""

    def birth() -> Birth:
        return Birth(
            agent_version=agent.capabilities.agent_version,
            highest_revision=agent.runner.highest_revision,
            variant=agent.effects.serving().variant,
        )

    actions: dict[str, Callable[[Command], None]] = {
        CommandKind.PROBE: lambda _command: agent.probe.publish(fresh=True),
        CommandKind.REPORT: lambda _command: agent.reporter.report(agent.runner.reported()),
        **asked,
    }

    def online() -> None:
        fetcher.on_connected()
        if certificates is not None:
            agent.reporter.later(certificates.renewal.ask)

    if certificates is not None:
        actions |= certificates.actions
    agent.session.handle(
        birth=birth,
        desired=intake.receive,
        command=CommandHandler(agent.reporter, actions, agent.session.run).receive,
        blob=fetcher.on_blob,
        online=online,
    )


def _identified(settings: AgentSettings, identity: Identity) -> AgentSettings:
    """Settings with the enrolled id, and the broker as told at enrolment unless set.

    Raises:
        SettingsError: they name another device.
    """
    if settings.device not in ("", identity.device):
        raise SettingsError(
            f"device is {settings.device!r}, but {settings.state_dir} is enrolled as"
            f" {identity.device!r}; leave it out, or enrol anew in another state_dir"
        )
    return dataclasses.replace(
        settings,
        device=identity.device,
        broker_host=settings.broker_host or identity.broker_host,
        broker_port=settings.broker_port or identity.broker_port,
    )


def journal_path(state_dir: Path) -> Path:
    """Where the deployment's record lies."""
    return state_dir / JOURNAL
