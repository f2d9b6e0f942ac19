"""One simulated device: the wire as an agent speaks it, without a camera or a model.

An order is reported as committed or refused after a moment; where it downloads, once the variant
is there.
"""

import asyncio
import logging
import random
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import aiomqtt
from lamplighter_wire import topics
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enums import Outcome, hint_of
from lamplighter_wire.errors import CodecError, TransportError
from lamplighter_wire.messages import (
    Birth,
    Desired,
    Envelope,
    Message,
    OperatingPoint,
    Reported,
    Rung,
    Status,
    Telemetry,
)
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from lamplighter_demo.simulation.cancelling import run_together
from lamplighter_demo.simulation.conduct import Conduct, Nominal
from lamplighter_demo.simulation.downloading import Downloads, SimulatedLink, take_chunks
from lamplighter_demo.simulation.identities import Identity
from lamplighter_demo.simulation.mix import Kind, capabilities_of, probe_of

# A cut link is meant here.
QUIET = logging.getLogger(f"{__name__}.mqtt")
QUIET.setLevel(logging.CRITICAL)
SESSION_EXPIRY_S = 86_400
CONNECT_TIMEOUT_S = 60.0
KEEPALIVE_S = 60
COMMIT_S = (0.2, 1.0)
RETRY_S = (0.2, 2.0)
MOST_NUMBERS = 400
FPS = 5.0  # that the street demands


@dataclass
class Counts:
    """Of the whole fleet; written on the event loop."""

    attempts: int = 0
    failed: int = 0
    windows: int = 0
    ack_ms: list[float] = field(default_factory=list)


class SimulatedDevice:
    """Connects, takes orders and sends windows until it is cancelled."""

    def __init__(
        self,
        identity: Identity,
        kind: Kind,
        counts: Counts,
        handshakes: asyncio.Semaphore,
        window_s: float,
        conduct: Conduct | None = None,
        downloads: Downloads | None = None,
    ) -> None:
        self._identity, self._kind, self._counts = identity, kind, counts
        self._handshakes, self._window_s = handshakes, window_s
        self._conduct, self._downloads = conduct or Nominal(kind), downloads
        self._newest: Desired | None = None  # that was ordered, and not answered yet
        self._was_ordered = asyncio.Event()
        self._client: aiomqtt.Client | None = None
        self._epoch = self._seq = 0
        self._serving = OperatingPoint()
        self.ordered_at = self.committed_at = 0.0
        self.online_since = 0.0  # wall time; 0: not connected
        self.heard_at = 0.0  # wall time at which the broker took its last window
        self.sessions = 0  # that the broker has opened for it
        self._revision = 0
        self.acknowledged = deque[int](maxlen=MOST_NUMBERS)  # of windows, by the broker

    @property
    def name(self) -> str:
        return self._identity.device

    @property
    def serving(self) -> str:
        """The variant that it serves; empty: none yet."""
        return self._serving.variant

    async def run(self) -> None:
        """Until cancelled; connects again whenever the connection ends."""
        while True:
            with suppress(aiomqtt.MqttError, TransportError, OSError, TimeoutError):
                await self._session()
            self.online_since = 0.0
            await asyncio.sleep(random.uniform(*RETRY_S))  # noqa: S311 - spreads a storm

    def cut(self) -> None:
        """The link is gone, without a word to the broker."""
        if self._client is not None and self.online_since:
            sock = self._client._client.socket()  # noqa: SLF001 - no call of it ends so rudely
            with suppress(OSError, AttributeError):
                sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    async def _session(self) -> None:
        self._epoch = max(self._epoch + 1, int(time.time() * 1e3))
        self._client = self._new_client()
        if self._downloads is not None:
            take_chunks(self._client, self._downloads)
        self._counts.attempts += 1
        try:
            async with self._handshakes:
                await self._client.__aenter__()
        except BaseException:
            self._counts.failed += 1
            raise
        try:
            await self._introduce()
            await run_together(
                asyncio.create_task(self._hear()),
                asyncio.create_task(self._obey()),
                asyncio.create_task(self._send_windows()),
            )
        finally:
            with suppress(aiomqtt.MqttError, OSError):
                await self._client.__aexit__(None, None, None)

    def _new_client(self) -> aiomqtt.Client:
        context = ssl.create_default_context(cafile=str(self._identity.folder / "ca.pem"))
        folder = self._identity.folder
        context.load_cert_chain(str(folder / "device.pem"), str(folder / "device.key"))
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        gone = Status(device=self.name, online=False, epoch=self._epoch)
        return aiomqtt.Client(
            self._identity.host,
            self._identity.port,
            identifier=self.name,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            will=aiomqtt.Will(topics.up(self.name, "status"), encode(gone), 1, retain=True),
            tls_context=context,
            logger=QUIET,
            timeout=CONNECT_TIMEOUT_S,
            keepalive=KEEPALIVE_S,
        )

    async def _introduce(self) -> None:
        birth = Birth(
            device=self.name,
            epoch=self._epoch,
            at=time.time(),
            agent_version="simulated",
            highest_revision=self._revision,
            variant=self._serving.variant,
        )
        await self._say("birth", birth, retain=True)
        self.online_since = time.time()
        self.sessions += 1
        assert self._client is not None  # noqa: S101 - a session has one
        await self._client.subscribe(topics.all_down(self.name), qos=1)
        await self._say("capabilities", capabilities_of(self.name, self._kind), retain=True)
        await self._say("probe", probe_of(self.name, self._kind))

    async def _hear(self) -> None:
        assert self._client is not None  # noqa: S101
        async for message in self._client.messages:
            topic, payload = str(message.topic), message.payload
            if topic.endswith("/desired") and isinstance(payload, bytes):
                self._take_order(payload)

    def _take_order(self, payload: bytes) -> None:
        with suppress(CodecError):
            desired = decode(decode(payload, Envelope).payload, Desired)
            if desired.revision > self._revision:
                self._revision, self._newest = desired.revision, desired
                self.ordered_at = self.ordered_at or time.time()
                self._was_ordered.set()

    async def _obey(self) -> None:
        """One order after the other; one that a session's end has cut off is begun again."""
        while True:
            while (desired := self._newest) is None:
                self._was_ordered.clear()
                await self._was_ordered.wait()
            await self._fetch(desired, [desired.primary])
            if self._is_newest(desired):
                await self._answer(desired)
            if self._is_newest(desired):
                self._newest = None
                await self._fetch(desired, desired.ladder)

    def _is_newest(self, desired: Desired) -> bool:
        return self._newest is desired

    async def _fetch(self, desired: Desired, rungs: Sequence[Rung]) -> None:
        if self._downloads is not None and self._client is not None:
            link = SimulatedLink(self._client, self.name)
            manifests = [rung.point.manifest for rung in rungs]
            await self._downloads.fetch(manifests, desired.revision, link)

    async def _answer(self, desired: Desired) -> None:
        await asyncio.sleep(random.uniform(*COMMIT_S))  # noqa: S311
        variant = desired.primary.point.variant
        refusal = self._conduct.refusal(variant)
        if not refusal:
            self._serving = desired.primary.point
        said = Reported(
            device=self.name,
            revision=desired.revision,
            phase="FAILED" if refusal else "COMMITTED",
            outcome=Outcome.REJECTED if refusal else Outcome.COMMITTED,
            reason=refusal,
            hint=hint_of(refusal),
            variant=variant,
            serving=self._serving,
            resident=[rung.point.variant for rung in desired.ladder],
            at=time.time(),
        )
        await self._say("reported", said, retain=True)
        if not refusal:
            self.committed_at = self.committed_at or time.time()

    async def _send_windows(self) -> None:
        due = time.perf_counter() + random.uniform(0, self._window_s)  # noqa: S311
        while True:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            began, latency_ms = time.perf_counter(), self._conduct.latency_ms(self._serving)
            if latency_ms is not None:
                await self._send_window(latency_ms)
            # By the clock, as cameras do: what was late makes nothing later.
            due = max(due + self._window_s, began)

    async def _send_window(self, latency_ms: float) -> None:
        began, window = time.perf_counter(), self._window(latency_ms)
        await self._say("telemetry", window)
        self.heard_at = time.time()
        self.acknowledged.append(window.seq)
        self._counts.windows += 1
        self._counts.ack_ms.append(1e3 * (time.perf_counter() - began))

    def _window(self, latency_ms: float) -> Telemetry:
        self._seq = max(self._seq + 1, int(time.time() * 1e3))
        fps = min(FPS, 1e3 / latency_ms)
        return Telemetry(
            device=self.name,
            seq=self._seq,
            start=time.time() - self._window_s,
            seconds=self._window_s,
            serving=self._serving,
            frames=int(fps * self._window_s),
            dropped=int((FPS - fps) * self._window_s),
            fps_demand=FPS,
            fps_served=fps,
            latency_p50_ms=latency_ms,
            latency_p95_ms=1.2 * latency_ms,
            power_w=3.0,
            energy_mj_per_frame=3 * latency_ms,
            counts={"north/in": {"car": 3}},
        )

    async def _say(self, channel: str, message: Message, *, retain: bool = False) -> None:
        assert self._client is not None  # noqa: S101
        topic = topics.up(self.name, channel)
        await self._client.publish(topic, encode(message), qos=1, retain=retain)
