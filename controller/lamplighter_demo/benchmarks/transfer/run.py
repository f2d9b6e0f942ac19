"""`lamplighter bench transfer`: chunks to many devices, beside a bare broadcast by the same broker.

In turns, so that a busy machine slows both alike. The rate is what devices need, over the seconds
until the last one has it. A ratio of 1 is what the broker can do when each chunk is published once
to subscribers to all of them, who keep them in the same store and ask for nothing. Chunks are
incompressible and of full size.
"""

import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_wire import topics
from lamplighter_wire.blobs import CHUNK_BYTES, compress, sha256_hex
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Request
from lamplighter_wire.transport.mqtt import MqttTransport
from lamplighter_wire.transport.protocol import Received

from lamplighter_demo.benchmarks.transfer.fetching_processes import (
    Fetched,
    FetchingProcesses,
    write_names,
)
from lamplighter_demo.benchmarks.transfer.plain_broker import plain_broker
from lamplighter_demo.work_folder import work_folder

Notify = Callable[[str], None]
SENDER_INFLIGHT = 200


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One way, one number of devices: medians over the rounds."""

    way: str
    devices: int
    seconds: float  # until the last device has all
    mb_per_s: float  # needed by all devices, over these
    publications_per_chunk: float
    heard_over_needed: float  # bytes
    ratio: float = 1.0  # of the rate, to the bare broadcast of the same round


def bench_transfer(
    folder: Path, devices: int, chunks: int, spread_s: float, rounds: int, notify: Notify
) -> list[dict[str, Any]]:
    """A row for the bare broadcast and one for our delivery.

    Raises:
        DemoError: the folder holds files of others, or cannot be written.
    """
    with work_folder(folder) as place:
        return _rows(place, devices, chunks, spread_s, rounds, notify)


def _rows(
    folder: Path, devices: int, chunks: int, spread_s: float, rounds: int, notify: Notify
) -> list[dict[str, Any]]:
    held = {sha256_hex(raw): raw for raw in (os.urandom(CHUNK_BYTES) for _ in range(chunks))}
    write_names(folder / "chunks.json", list(held))
    pairs = []
    with plain_broker(folder / "broker") as port:
        fleet = _Fleet(folder, port, devices, held)
        for number in range(rounds):
            bare = fleet.broadcast(f"bare{number}")
            ours = fleet.deliver(f"ours{number}", spread_s)
            ours = msgspec.structs.replace(ours, ratio=ours.mb_per_s / bare.mb_per_s)
            pairs.append((bare, ours))
            notify(f"bare {bare.mb_per_s:.0f} MB/s, ours {ours.mb_per_s:.0f}: {ours.ratio:.2f}")
    return [_median(rows) for rows in zip(*pairs, strict=True)]


class _Fleet:
    """Devices at one broker, and what is sent to them."""

    def __init__(self, folder: Path, port: int, devices: int, held: dict[str, bytes]) -> None:
        self._folder, self._port, self._devices, self._held = folder, port, devices, held

    def broadcast(self, prefix: str) -> Row:
        """Each chunk once, to all, as fast as the broker takes them."""
        waiting = self._processes(prefix, "--bare")
        compressed = {sha: compress(raw) for sha, raw in self._held.items()}
        with self._sender() as link:

            def publish() -> None:
                for sha, payload in compressed.items():
                    link.publish(topics.blob(sha), payload)

            fetched = waiting.fetch(publish)
        return self._row("bare", fetched, len(compressed))

    def deliver(self, prefix: str, spread_s: float) -> Row:
        """By the controller's chunk server, to the agents' fetchers."""
        waiting = self._processes(prefix, "--spread-s", str(spread_s))
        with self._sender() as link:
            server = ChunkServer(link, self._held.get, SystemClock())
            link.on_message(lambda received: _ask(server, received))
            link.subscribe(topics.ALL_UP)
            server.start()
            fetched = waiting.fetch()
            server.close()
        return self._row("ours", fetched, server.counts()["chunks"])

    def _processes(self, prefix: str, *options: str) -> FetchingProcesses:
        names = self._folder / "chunks.json"
        store = self._folder / prefix
        return FetchingProcesses(self._devices, self._port, names, store, prefix, *options)

    @contextmanager
    def _sender(self) -> Iterator[MqttTransport]:
        link = MqttTransport("127.0.0.1", self._port, "sender", send_maximum=SENDER_INFLIGHT)
        link.connect()
        try:
            yield link
        finally:
            link.close()

    def _row(self, way: str, fetched: list[Fetched], published: int) -> Row:
        needed = sum(map(len, self._held.values())) * self._devices
        seconds = max(device.seconds for device in fetched)
        return Row(
            way=way,
            devices=self._devices,
            seconds=seconds,
            mb_per_s=needed / seconds / 1e6,
            publications_per_chunk=published / len(self._held),
            heard_over_needed=sum(device.bytes_received for device in fetched) / needed,
        )


def _ask(server: ChunkServer, received: Received) -> None:
    address = topics.parse(received.topic)
    if address.channel == "request":
        request = decode(received.payload, Request)
        server.request(address.device, request.chunks, request.listening_s, request.delivery_s)


def _median(rows: tuple[Row, ...]) -> dict[str, Any]:
    told: list[dict[str, Any]] = [msgspec.to_builtins(row) for row in rows]
    numbers = {
        name: round(statistics.median(row[name] for row in told), 3)
        for name, value in told[0].items()
        if not isinstance(value, str)
    }
    return told[0] | numbers
