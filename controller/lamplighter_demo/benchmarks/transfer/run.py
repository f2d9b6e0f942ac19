"""`lamplighter bench transfer`: chunks to many devices, beside a bare broadcast by the same broker.

In turns, so that a busy machine slows both alike. The rate is what devices need, over the seconds
until the last one has it. A ratio of 1 is what the broker can do when each chunk is published once
to subscribers to all of them, who keep them in the same store and ask for nothing. Chunks are
incompressible and of full size. What did not reach every device in full has no rate: a broker drops
the connection of a client that falls behind, and nobody repeats what a bare broadcast lost.
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
    seconds: float | None  # until the last device has all; None: some never had
    mb_per_s: float | None  # needed by all devices, over these
    publications_per_chunk: float
    heard_over_needed: float  # bytes
    incomplete_devices: int = 0  # that never had all
    ratio: float | None = 1.0  # of the rate, to the bare broadcast of the same round


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
            if bare.mb_per_s and ours.mb_per_s:
                ours = msgspec.structs.replace(ours, ratio=ours.mb_per_s / bare.mb_per_s)
            else:
                ours = msgspec.structs.replace(ours, ratio=None)
            pairs.append((bare, ours))
            notify(f"bare {_told(bare)}, ours {_told(ours)}")
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
        incomplete = sum(device.missing > 0 for device in fetched)
        seconds = None if incomplete else max(device.seconds for device in fetched)
        return Row(
            way=way,
            devices=self._devices,
            seconds=seconds,
            mb_per_s=needed / seconds / 1e6 if seconds else None,
            publications_per_chunk=published / len(self._held),
            heard_over_needed=sum(device.bytes_received for device in fetched) / needed,
            incomplete_devices=incomplete,
        )


def _ask(server: ChunkServer, received: Received) -> None:
    address = topics.parse(received.topic)
    if address.channel == "request":
        request = decode(received.payload, Request)
        server.request(address.device, request.chunks, request.listening_s, request.delivery_s)


def _told(row: Row) -> str:
    if row.mb_per_s is None:
        return f"left {row.incomplete_devices} of {row.devices} devices without something"
    return f"{row.mb_per_s:.0f} MB/s"


def _median(rows: tuple[Row, ...]) -> dict[str, Any]:
    told: list[dict[str, Any]] = [msgspec.to_builtins(row) for row in rows]
    names = [name for name, value in told[0].items() if not isinstance(value, str)]
    return told[0] | {name: _middle([row[name] for row in told]) for name in names}


def _middle(values: list[float | None]) -> float | None:
    """The median of the rounds that have a figure."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None
