"""Devices that begin together share a publication, as long as others begin."""

import threading
from collections.abc import Callable

from lamplighter_controller.link.access.chunk_permits import EveryChunk
from lamplighter_controller.link.chunks.chunk_server import GATHER_S, ChunkServer
from lamplighter_wire import topics
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.transport.loopback import LoopbackBroker

RAW = b"weights" * 100
SHA = sha256_hex(RAW)
PATIENCE_S = 30.0


class Street(ManualClock):
    """While the server waits another device begins; there are so many."""

    def __init__(self, devices: int) -> None:
        super().__init__()
        self._left = devices
        self.begin: Callable[[str], None] = lambda _name: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self._left:
            self._left -= 1
            self.begin(f"cam-{self._left}")


def _published_at(devices: int) -> tuple[float, int]:
    """When the chunk went out, and how many had asked for it by then."""
    broker, clock = LoopbackBroker(), Street(devices)
    link = broker.client()
    link.connect()
    server = ChunkServer(link, {SHA: RAW}.get, clock)
    clock.begin = lambda name: server.request(name, [SHA])
    began_at, seen, at = clock.monotonic(), threading.Event(), []

    def note(_message: object) -> None:
        at.append((clock.monotonic() - began_at, server.counts()["requested"]))
        seen.set()

    link.on_message(note)
    link.subscribe(topics.blob(SHA))
    for name in ("first", "second"):
        server.request(name, [SHA])
    server.start()
    assert seen.wait(PATIENCE_S)
    server.close()
    assert len(at) == 1
    return at[0]


def test_whoever_begins_meanwhile_shares_the_publication() -> None:
    after_s, asked = _published_at(devices=5)
    assert asked == 7
    assert after_s < GATHER_S


def test_a_crowd_without_end_is_not_waited_for() -> None:
    after_s, asked = _published_at(devices=1000)
    assert GATHER_S <= after_s < 1.5 * GATHER_S
    assert asked < 100


class SlowBroker(EveryChunk):
    """Takes its time to let devices hear what they were ordered; meanwhile others ask."""

    def __init__(self) -> None:
        self.ask: Callable[[], None] = lambda: None

    def settle(self) -> None:
        self.ask()


def test_who_asks_for_what_is_about_to_go_out_is_not_sent_it_twice() -> None:
    broker, clock, permits = LoopbackBroker(), ManualClock(), SlowBroker()
    link = broker.client()
    link.connect()
    server = ChunkServer(link, {SHA: RAW}.get, clock, permits)
    for name in ("first", "second"):
        server.request(name, ["0" * 64])
    server.flush()
    clock.advance(1.0)
    permits.ask = lambda: server.request("second", [SHA], listening_s=1.0)
    server.request("first", [SHA], listening_s=1.0)
    server.flush()
    permits.ask = lambda: None
    clock.advance(5.0)
    server.flush()
    assert server.counts()["chunks"] == 1
    server.request("second", [SHA], listening_s=0.0)
    server.flush()
    assert server.counts()["chunks"] == 2, "it was lost on the way"
