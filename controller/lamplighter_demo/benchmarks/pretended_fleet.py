"""A controller's services over a database on disk, spoken to without broker or devices."""

import threading
import time
from pathlib import Path

from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Drops, Inbound
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.inbound_routes import inbound_handlers
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.wiring.parts import Surroundings
from lamplighter_controller.wiring.services import make_services
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.sites.site_shelf import SiteShelf
from lamplighter_controller.workshop.sites.site_workshop import SiteWorkshop
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire import topics
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.messages import Capabilities, Probe
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received

PAUSE_S = 0.01


class PretendedFleet:
    """Devices that are only names. The deciding thread runs as in the product.

    `database`: its URL; empty: SQLite in the folder.
    """

    def __init__(self, folder: Path, builder: Builder, database: str = "") -> None:
        folder.mkdir(parents=True)
        clock, link = SystemClock(), LoopbackBroker().client()
        blobs = ArtifactStore(folder / "artifacts")
        link.connect()
        self.store = SqlStore(database or sqlite_url(folder / "controller.db"))
        self._queue = DecisionQueue(clock, self.store.transaction)
        self.services = make_services(
            Surroundings(
                settings=ControllerSettings(data_dir=folder),
                store=self.store,
                clock=clock,
                authority=Authority(folder / "pki"),
                signer=Signer(folder / "pki"),
                outbound=Outbound(link),
                queue=self._queue,
                builder=builder,
                blobs=blobs,
                sites=_no_sites(folder),
                broker=lambda: BrokerAddress(host="127.0.0.1", port=0),
            )
        )
        handlers = inbound_handlers(
            self.services.receivers,
            self.services.receive_windows,
            self._queue,
            ChunkServer(link, blobs.read_chunk, clock),
        )
        self._inbound = Inbound(handlers, self.services.roster.is_known, Drops(clock))
        self._queue.start()

    def admit(self, device: str, capabilities: Capabilities, probe: Probe) -> None:
        """A device that has enrolled and said what it is."""
        self.store.add_device(
            DeviceRecord(id=device, online=True, capabilities=capabilities, probe=probe)
        )
        self.services.roster.add(device)

    def say(self, device: str, channel: str, payload: bytes) -> None:
        """A message as the connection hands it over."""
        self._inbound(Received(topics.up(device, channel), payload))

    def settle(self) -> None:
        """Until all that was said is handled, and all that followed from it."""
        is_empty = was_empty = False
        while not (is_empty and was_empty):
            done = threading.Event()
            self._queue.submit(done.set)
            done.wait()
            # What is at work is not in the queue, and may put more there.
            was_empty, is_empty = is_empty, not self._queue.depth

    def start_over(self) -> list[float]:
        """Decide what is due, as at a start; seconds an operator waits meanwhile, each time."""
        self._queue.submit(self.services.restart.start_over)
        settling, waited = threading.Thread(target=self.settle), list[float]()
        settling.start()
        while settling.is_alive():
            began = time.perf_counter()
            self._queue.call(lambda: None)
            waited.append(time.perf_counter() - began)
            time.sleep(PAUSE_S)
        return waited

    def close(self) -> None:
        self._queue.close()
        self.store.close()


def _no_sites(folder: Path) -> SiteWorkshop:
    """One that nothing is asked of."""
    materials = Materials(folder, folder, folder, folder, folder)
    return SiteWorkshop(materials, SiteShelf(folder / "sites"), ChildPool(), list)
