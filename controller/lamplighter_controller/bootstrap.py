"""Put the controller together: the only place that knows which implementation is used."""

import contextlib
import dataclasses
import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import msgspec
from lamplighter_client.target import ControllerFile
from lamplighter_wire import __version__, topics
from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.enums import Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.files import keep_private
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from lamplighter_controller.folder_lock import DATA_FILES, FolderLock
from lamplighter_controller.garbage import collect_seldom
from lamplighter_controller.link.access.access_control import AccessControl
from lamplighter_controller.link.access.chunk_permits import OrderedChunks
from lamplighter_controller.link.access.shutting_out import ShuttingOut
from lamplighter_controller.link.broker_choice import (
    broker_client_files,
    broker_server_files,
    make_broker,
    read_shut_out,
)
from lamplighter_controller.link.chunks.broker_room import HEAP_TOPIC, BrokerRoom, most_held_bytes
from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.link.connection import Connection
from lamplighter_controller.link.inbound import Drops, Inbound
from lamplighter_controller.link.intake.confirmations import Confirmations
from lamplighter_controller.link.mosquitto_configuration import MAX_INFLIGHT_MESSAGES
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.link.quotas.fair_shares import FairShares, shares_of
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.link.quotas.variety import Variety
from lamplighter_controller.pki.authority import Authority, ClientFiles
from lamplighter_controller.pki.names import CONTROLLER_NAME
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deployments.manifest_patches import Blobs
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.event_log import ControllerEvent
from lamplighter_controller.services.inbound_routes import inbound_handlers
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.sites.site_builder import SiteBuilder
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_controller.wiring.announcing import announce, kept_admin_token
from lamplighter_controller.wiring.parts import Surroundings
from lamplighter_controller.wiring.reader_link import reader_link
from lamplighter_controller.wiring.services import make_services
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.executor import ReportTrouble
from lamplighter_controller.workshop_choice import make_workshop

log = logging.getLogger(__name__)

# By then the broker has seen the subscription.
SAVE_AFTER_S = 0.5


class RunningBuilder(Builder, Protocol):
    """A workshop with a life of its own."""

    def start(self, report_trouble: ReportTrouble, /) -> "Future[Any]":
        """Start it; the future ends when all it has is offered."""

    def recipes(self) -> Mapping[str, Any]: ...

    @property
    def sites(self) -> SiteBuilder:
        """Makes parents of single sites."""

    def close(self) -> None: ...


class Controller:
    """Broker, connection, queue and services of one running controller."""

    def __init__(
        self,
        settings: ControllerSettings,
        workshop: RunningBuilder,
        blobs: Blobs,
        signer: Signer,
        clock: Clock,
        lock: FolderLock,
    ) -> None:
        self.settings = settings
        self._lock = lock
        self.authority = authority = Authority(settings.data_dir / "pki")
        self.broker = make_broker(
            settings,
            authority,
            lambda why: self.services.refusals.note_stranger("", f"broker: TLS: {why}"),
        )
        self._client = broker_client_files(settings, authority)
        misconduct = Misconduct()
        self.drops = Drops(clock, misconduct)
        room = BrokerRoom(0 if settings.broker_url else most_held_bytes(), clock)
        self.connection = Connection(
            self._transport,
            lambda message: self._inbound(message),
            self._ready,
            self.broker.ensure_running,
            {HEAP_TOPIC: room.hear},
        )
        self._clock = clock
        self._store = store = SqlStore(settings.database)
        self._access = AccessControl(
            self.broker,
            lambda: read_shut_out(store, authority),
            lambda: self.connection.connected,
            clock,
        )
        permits = OrderedChunks(
            lambda device: current_desired(store.device(device)), blobs.read_chunk, self._access
        )
        self.chunks = ChunkServer(
            self.connection,
            blobs.read_chunk,
            clock,
            permits,
            misconduct,
            settings.device_fetches,
            room,
        )
        self._shutting_out = ShuttingOut(
            authority,
            lambda: self._client.ca,
            self.broker,
            self._access,
            self._forget,
            self._tell_broker,
        )
        self._outbound = Outbound(self.connection)
        self._queue = DecisionQueue(clock, self._store.transaction)
        self._workshop = workshop
        self._deltas = ThreadPoolExecutor(1, "deltas")
        self.services = make_services(
            Surroundings(
                settings=settings,
                store=self._store,
                clock=clock,
                authority=authority,
                signer=signer,
                outbound=self._outbound,
                queue=self._queue,
                builder=workshop,
                blobs=blobs,
                ordered=permits.ordered,
                sites=workshop.sites,
                broker=self._broker_address,
                shut_out=self._shutting_out,
                follow_authority=self._follow_authority,
                deltas=self._deltas,
                misconduct=misconduct,
                reader_link=reader_link(self.connection, self._shutting_out.begin),
            )
        )
        services = self.services
        self._shares = FairShares(
            clock,
            misconduct,
            shares_of(settings.device_events_per_hour, settings.device_windows_per_s),
        )
        handlers = inbound_handlers(
            services.receivers,
            services.receive_windows,
            self._queue,
            self.chunks,
            Variety(clock, misconduct),
            self._shares,
        )
        self._confirmations = Confirmations(
            self.connection, clock, services.dropped_messages.receive
        )
        self._inbound = Inbound(
            handlers,
            services.roster.is_known,
            self.drops,
            confirmations=self._confirmations,
            shares=self._shares,
            clear=self._clear_retained,
        )
        self._stopped = threading.Event()
        self._announced: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Start broker, connection and queue. Call on a thread that lives as long as it runs."""
        services = self.services
        services.roster.load()
        services.learning.load()
        self._shutting_out.load()
        self.broker.start()
        for machine in self._machines():
            self._workshop.build_for(machine)
        preparation = self._workshop.start(self._executor_changed)
        self._queue.submit(services.restart.start_over)
        self._queue.submit(services.sites.resume)
        self._queue.submit(services.override_changes.resume)
        self._queue.submit(services.rollouts.resume)
        self._queue.submit(services.renewals.sweep)
        self._queue.submit(services.signing.resume)
        self._queue.submit(services.refusals.sweep)
        self._queue.submit(services.device_refusals.sweep)
        preparation.add_done_callback(self._prepared)
        self._queue.start()
        self.chunks.start()
        self._confirmations.start()
        self._shares.start()
        self._outbound.start()
        self.connection.start()
        port = self.broker.port
        services.events.add(ControllerEvent.STARTED, work_sentences.started(), port=port)
        services.housekeeper.start()
        services.tell_others()
        self._report_unreadable()

    def _report_unreadable(self) -> None:
        """What a start has found in the database and set aside."""
        noted = UNREADABLE.noted()
        if noted:
            self.services.events.add(
                ControllerEvent.UNREADABLE,
                work_sentences.unreadable(len(noted), next(iter(noted))),
                severity=Severity.ERROR,
            )

    def _forget(self, device: str) -> None:
        """What is held of a device that is out: in memory, and at the broker."""
        self.chunks.forget(device)
        self._confirmations.forget(device)
        self._shares.forget(device)
        self.services.window_totals.forget(device)
        if not topics.is_device_id(device):  # a reader: it could leave nothing
            return
        for channel in topics.UP_CHANNELS:
            self._clear_retained(topics.up(device, channel))

    def _follow_authority(self) -> None:
        """Another authority counts or signs. Elsewhere, as the broker takes its time to end."""
        threading.Thread(target=self._show_authority, name="authority", daemon=True).start()

    def _show_authority(self) -> None:
        self._client = broker_client_files(self.settings, self.authority)
        self._access.load()
        self.broker.show(broker_server_files(self.settings, self.authority))
        self._announced()

    def _tell_broker(self, text: str, is_done: bool) -> None:
        """What somebody has to do with a broker of others, or has done."""
        severity = Severity.INFO if is_done else Severity.WARNING
        kind, said = ControllerEvent.BROKER_FILES, work_sentences.broker_files(text)
        self._queue.submit(lambda: self.services.events.add(kind, said, severity=severity))

    def _clear_retained(self, topic: str) -> None:
        """What a device has left at the broker; without a connection at the next one."""
        with contextlib.suppress(TransportError):
            self.connection.publish(topic, b"", retain=True)

    def _executor_changed(self, trouble: str) -> None:
        """Whoever builds has gone, or has come back."""
        kind = ControllerEvent.EXECUTOR_AWAY if trouble else ControllerEvent.EXECUTOR_BACK
        severity = Severity.WARNING if trouble else Severity.INFO
        text = work_sentences.executor(trouble)
        self._queue.submit(lambda: self.services.events.add(kind, text, severity=severity))

    def _prepared(self, preparation: "Future[Any]") -> None:
        if preparation.cancelled():
            return
        failure = preparation.exception()
        self._queue.submit(self.services.restart.start_waiting, str(failure) if failure else "")

    def close(self) -> None:
        """Stop everything; what was decided is on disk."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._shutting_out.close()
        self._outbound.close()
        self._confirmations.close()
        self._shares.close()
        self.connection.close()
        self.chunks.close()
        self._queue.close()
        self._deltas.shutdown(wait=False, cancel_futures=True)
        self.services.housekeeper.close()
        self.services.leave_others()
        self._workshop.close()
        self.broker.close()
        self._store.close()
        self._lock.release()

    def recipes(self) -> Mapping[str, Any]:
        """The catalogue's recipes.

        Raises:
            RecipeError: a recipe file is not in order.
        """
        return self._workshop.recipes()

    def counters(self) -> dict[str, dict[str, int]]:
        """Counters by group, for metrics."""
        return {
            "dropped": self.drops.counts(),
            "chunks": self.chunks.counts(),
            "upkeep": self.services.housekeeper.counts(),
            "webhooks": self.services.webhooks.deliveries.counts(),
            "unreadable": {"rows": len(UNREADABLE.noted())},
        }

    def announce(self, url: str, ca_file: str = "", server_name: str = "") -> Path:
        """Write controller.json, by which the command line finds a running controller.

        Args:
            ca_file: whom to believe at an https address.
            server_name: the name in the certificate there, if not the address's own.
        """
        services, directory = self.services, self.settings.data_dir
        facts = ControllerFile(
            url=url,
            ca_file=ca_file,
            server_name=server_name,
            token_file=kept_admin_token(directory, services.access, services.audit),
            broker_port=self.broker.port,
            pid=os.getpid(),
            version=__version__,
        )
        self._announced = lambda: announce(directory, self._as_of_now(facts))
        return announce(directory, facts)

    def _as_of_now(self, facts: ControllerFile) -> ControllerFile:
        """With the file of the authority that counts, where it is ours that is to be believed."""
        own = facts.ca_file and Path(facts.ca_file).is_relative_to(self.authority.directory)
        ca_file = str(self.authority.ca_path) if own else facts.ca_file
        return msgspec.structs.replace(facts, ca_file=ca_file)

    def _transport(self) -> MqttTransport:
        files: ClientFiles = self._client
        return MqttTransport(
            self.broker.host,
            self.broker.port,
            CONTROLLER_NAME,
            TlsFiles(files.ca, files.cert, files.key),
            receive_maximum=MAX_INFLIGHT_MESSAGES,
            send_maximum=MAX_INFLIGHT_MESSAGES,
        )

    def _ready(self) -> None:
        """Connected (again): orders that may have been lost meanwhile are published again."""
        self._queue.submit(self.services.restart.republish_unfinished)
        self._queue.submit(self.services.configurations.publish_unknown)
        # With the controller's own session on disk, a broker that crashes queues for it again.
        self._queue.later(SAVE_AFTER_S, self.broker.save)
        self._queue.later(SAVE_AFTER_S, self._shutting_out.connected)

    def _machines(self) -> list[str]:
        """Kinds of machines that the fleet's devices have."""
        known = [device.capabilities for device in self._store.devices()]
        return sorted({capabilities.machine for capabilities in known if capabilities})

    def _broker_address(self) -> BrokerAddress:
        """As devices are told; ours is reached by the first of the public names."""
        host = self.broker.host if self.settings.broker_url else self.settings.public_names[0]
        return BrokerAddress(host=host, port=self.broker.port)


def bootstrap(settings: ControllerSettings, clock: Clock | None = None) -> Controller:
    """A controller ready to start.

    Raises:
        BrokerError: mosquitto is missing.
        ConflictError: another controller uses the data folder.
        DamagedError: a key of the data folder is none.
        SettingsError: a setting names nothing that there is.
        StoreError: the database cannot be used.
    """
    collect_seldom()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The broker's configuration and the children need paths that hold everywhere.
    settings = dataclasses.replace(settings, data_dir=settings.data_dir.resolve())
    lock = FolderLock(settings.data_dir).acquire()
    keep_private(settings.data_dir, DATA_FILES)
    used_clock = clock or SystemClock()
    signer = Signer(settings.data_dir / "pki")
    artifacts = ArtifactStore(settings.data_dir / "artifacts")
    workshop = make_workshop(settings, artifacts, signer, used_clock)
    return Controller(settings, workshop, artifacts, signer, used_clock, lock)
