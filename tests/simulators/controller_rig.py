"""The controller's parts around an in-memory broker and a manual clock, for tests."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.domain.policy.release import Gate
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Drops, Inbound
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.builder import Progress
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.inbound_routes import inbound_handlers
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.wiring.parts import Surroundings
from lamplighter_controller.wiring.services import make_services
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.decoders.names import DECODERS
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.messages import (
    Capabilities,
    Desired,
    Envelope,
    Message,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Reported,
    Trial,
)
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, pixels
from lamplighter_wire.signing import KeySet, open_desired
from lamplighter_wire.tasks.detection import REGIMES
from lamplighter_wire.transport.loopback import LoopbackBroker

from tests.simulators.chunk_shelf import ChunkShelf
from tests.simulators.pending_sites import PendingSites


def spec(
    name: str, ap50: float, mmac: float, *, precision: str = "fp32", built: bool = True
) -> VariantSpec:
    """A variant whose work grows with the picture and whose accuracy is the same everywhere."""
    sizes = {size: pixels(size) / (384 * 288) for size in DEFAULT_SIZES}
    return VariantSpec(
        id=name,
        model="nanodet",
        recipe=name,
        precision=precision,
        size_bytes=2_000_000,
        mmac={key: mmac * share for key, share in sizes.items()},
        bytes_moved=dict.fromkeys(sizes, 1000000),
        expected_ap50={
            key: dict.fromkeys(REGIMES, ap50 - 0.05 * (1 - min(1.0, share)))
            for key, share in sizes.items()
        },
        manifest="a" * 64 if built else "",
    )


class FakeWorkshop:
    """Offers some variants and builds them when told to."""

    def __init__(self, offers: list[VariantSpec]) -> None:
        self._offers = offers
        self.preparing = self.exporting = False
        self.jobs: list[tuple[VariantSpec, Future[VariantSpec]]] = []
        self.machines: list[str] = []

    def build_for(self, machine: str) -> None:
        self.machines.append(machine)

    def offer(self, spec: VariantSpec) -> None:
        """One more; the catalogue forgets what it has read by `forget`."""
        self._offers = [*self._offers, spec]

    def offers(self) -> list[VariantSpec]:
        return [] if self.preparing else self._offers

    def is_preparing(self) -> bool:
        return self.preparing

    def models_state(self) -> object:
        return None

    def may_offer_more(self) -> bool:
        return self.exporting

    def build(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        future: Future[VariantSpec] = Future()
        self.jobs.append((spec, future))
        progress(0.5, "calibrate")
        return future

    def cancel(self, variant: str) -> bool:
        wanted = [job for job in self.jobs if job[0].id == variant]
        for job in wanted:
            self.jobs.remove(job)
            job[1].set_exception(RuntimeError(f"{variant} was cancelled"))
        return bool(wanted)

    def evaluate(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        future: Future[VariantSpec] = Future()
        interval = {"384x288": {"day-dry-free": (0.8, 0.9)}}
        future.set_result(msgspec.structs.replace(spec, ap50_interval=interval))
        return future

    def finish(self, error: str = "") -> None:
        wanted, future = self.jobs.pop(0)
        if error:
            future.set_exception(RuntimeError(error))
        else:
            built = msgspec.structs.replace(wanted, manifest="b" * 64)
            self._offers = [built if s.id == built.id else s for s in self._offers]
            future.set_result(built)


class Rig:
    """A controller without threads: `settle()` lets it do everything that is due."""

    def __init__(
        self,
        directory: Path,
        offers: list[VariantSpec],
        *,
        gate: Gate | None = None,
        clock: ManualClock | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or ManualClock()
        self.broker = LoopbackBroker()
        self.workshop = FakeWorkshop(offers)
        self.sites = PendingSites(directory / "sites")
        self.link = self.broker.client()
        self.link.connect()
        self.chunks = ChunkShelf()
        self.permitted: dict[str, frozenset[str]] = {}  # blobs, by device
        self.chunk_server = ChunkServer(self.link, self.chunks.get, self.clock)
        self.drops = Drops(self.clock)
        given = {"probation_frames": 20, "probation_s": 2.0} | settings
        self.settings = ControllerSettings(data_dir=directory, **given)
        self.store = SqlStore(sqlite_url(directory / "controller.db"))
        self.outbound = Outbound(self.link)
        self.queue = DecisionQueue(self.clock, self.store.transaction)
        self.signer = Signer(directory / "pki")
        self.signing_key = self.signer.key
        self.keys = KeySet.of(self.signing_key)
        self.services = make_services(
            Surroundings(
                settings=self.settings,
                store=self.store,
                clock=self.clock,
                authority=Authority(directory / "pki"),
                signer=self.signer,
                outbound=self.outbound,
                queue=self.queue,
                builder=self.workshop,
                blobs=self.chunks,
                sites=self.sites,
                broker=lambda: BrokerAddress(host="127.0.0.1", port=8883),
                gate=gate,
                ordered=lambda device: self.permitted.get(device, frozenset()),
            )
        )
        self.services.roster.load()
        self.services.learning.load()
        services = self.services
        handlers = inbound_handlers(
            services.receivers, services.receive_windows, self.queue, self.chunk_server
        )
        inbound = Inbound(handlers, services.roster.is_known, self.drops)
        self.link.on_message(inbound, deferred=True)
        self.link.subscribe(topics.ALL_UP)

    def settle(self) -> None:
        while self.queue.run_due():
            pass
        self.outbound.flush()

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.settle()

    def device(self, name: str = "cam-1", **capabilities: object) -> "Device":
        self.store.add_device(DeviceRecord(id=name, enrolled_at=self.clock.time()))
        self.services.roster.add(name)
        return Device(self, name, capabilities)

    def close(self) -> None:
        self.store.close()


class Device:
    """What a device says and hears, without an agent."""

    def __init__(self, rig: Rig, name: str, capabilities: dict[str, object]) -> None:
        self.rig = rig
        self.name = name
        self.capabilities = Capabilities(
            device=name,
            machine="x86_64",
            cores=2,
            memory_bytes=1 << 31,
            runtimes={"onnxruntime": "1.22"},
            decoders=sorted(DECODERS),
            idle_w=2.0,
            active_w_per_core=4.0,
            camera_fps=25.0,
            **capabilities,  # type: ignore[arg-type]
        )

    def say(self, channel: str, message: Message) -> None:
        self.raw(topics.up(self.name, channel), encode(message))

    def raw(self, topic: str, payload: bytes) -> None:
        self.rig.broker.route(topic, payload, False)
        self.rig.settle()

    def introduce(self, dense_ms: float = 20.0, int8_ms: float = 8.0) -> None:
        """Capabilities and a probe with milliseconds per 100 MMAC."""
        self.say("capabilities", self.capabilities)
        entries = [
            ProbeEntry(name=name, latency_p50_ms=ms, latency_p95_ms=1.2 * ms, work_mmac=100.0)
            for name, ms in (("dense_fp32", dense_ms), ("dense_int8", int8_ms))
        ]
        self.say("probe", Probe(device=self.name, seconds=1.0, entries=entries))

    @property
    def orders(self) -> list[Desired]:
        """Every desired state published for this device, verified."""
        self.rig.outbound.flush()
        topic = topics.down(self.name, "desired")
        now = self.rig.clock.time()
        return [
            open_desired(decode(payload, Envelope), self.rig.keys, self.name, now)
            for sent, payload in self.rig.broker.log
            if sent == topic and payload
        ]

    @property
    def desired(self) -> Desired:
        return self.orders[-1]

    def report(self, outcome: str, reason: str = "", **more: object) -> None:
        self.report_of(self.desired, outcome, reason, **more)

    def report_of(self, desired: Desired, outcome: str, reason: str = "", **more: object) -> None:
        """What became of an order, also of one that an earlier controller gave."""
        serving = desired.primary.point if outcome == "committed" else OperatingPoint()
        self.say(
            "reported",
            Reported(
                device=self.name,
                revision=desired.revision,
                outcome=outcome,
                reason=reason,
                variant=desired.primary.point.variant,
                **{"serving": serving, "resident": [], "at": self.rig.clock.time(), **more},  # type: ignore[arg-type]
            ),
        )

    def trial(self, candidate_ms: float, incumbent_ms: float = 10.0) -> Trial:
        return Trial(
            pairs=30,
            candidate_p50_ms=candidate_ms,
            candidate_p95_ms=1.2 * candidate_ms,
            incumbent_p50_ms=incumbent_ms,
            incumbent_p95_ms=1.2 * incumbent_ms,
            ratio=candidate_ms / incumbent_ms if incumbent_ms else 0.0,
        )
