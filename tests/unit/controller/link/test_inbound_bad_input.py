"""Bad messages are counted by reason and dropped; nothing else happens."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import LOG_LINES_PER_MINUTE
from lamplighter_wire import topics
from lamplighter_wire.blobs import decompress, sha256_hex
from lamplighter_wire.clock import ManualClock, SystemClock
from lamplighter_wire.codec import MAX_MESSAGE_BYTES, encode
from lamplighter_wire.messages import Birth, Request
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Rig, spec


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)])
    made.device()
    yield made
    made.close()


# For what takes milliseconds on a machine with nothing else to do.
PATIENCE_S = 30.0
BIRTH = encode(Birth(device="cam-1", epoch=3))


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("lamplighter/v1/cam-1/up/birth", b"", "empty"),
        ("lamplighter/v1/cam-1/up/birth", b"{", "malformed"),
        ("lamplighter/v1/cam-1/up/birth", b"\xff\xfe\x00", "malformed"),
        ("lamplighter/v1/cam-1/up/birth", b'{"device": "cam-1", "epoch": "x"}', "malformed"),
        ("lamplighter/v1/cam-1/up/birth", b"[1, 2]", "malformed"),
        ("lamplighter/v1/cam-1/up/birth", b"[" * 4000, "malformed"),
        ("lamplighter/v1/cam-1/up/birth", b" " * (MAX_MESSAGE_BYTES + 1), "oversized"),
        ("lamplighter/v1/cam-1/up/birth", encode(Birth(device="cam-2")), "misaddressed"),
        ("lamplighter/v1/cam-1/up/birth", encode(Birth()), "misaddressed"),
        ("lamplighter/v1/cam-9/up/birth", encode(Birth(device="cam-9")), "unknown_device"),
        ("lamplighter/v1/cam-1/up/gossip", BIRTH, "topic"),
        ("lamplighter/v1/cam-1/down/desired", BIRTH, "topic"),
        ("lamplighter/v1/CAM/up/birth", BIRTH, "topic"),
    ],
)
def test_dropped_and_counted(rig: Rig, topic: str, payload: bytes, reason: str) -> None:
    before = rig.store.device("cam-1")
    # Around the broker, as its filter would hold some of these back.
    rig.link.receive(Received(topic, payload))
    rig.settle()
    counts = rig.drops.counts()
    assert counts.pop(reason) == 1
    assert not any(counts.values())
    assert rig.store.device("cam-1") == before
    assert rig.store.events() == []


def test_a_message_is_acknowledged_once_it_is_handled(rig: Rig) -> None:
    birth, chunks = BIRTH, encode(Request(device="cam-1", kind="chunks", chunks=["a" * 64]))
    rig.broker.route("lamplighter/v1/cam-1/up/birth", birth, False)
    assert [m.payload for m in rig.link.unacknowledged] == [birth], "it waits for the worker"
    rig.broker.route("lamplighter/v1/cam-1/up/request", chunks, False)
    rig.broker.route("lamplighter/v1/cam-1/up/birth", b"{", False)
    assert [m.payload for m in rig.link.unacknowledged] == [birth], "and keeps nobody waiting"
    rig.settle()
    assert rig.store.device("cam-1").epoch == 3
    assert rig.link.unacknowledged == []


def test_what_was_not_handled_when_the_link_broke_comes_again(rig: Rig) -> None:
    rig.broker.route("lamplighter/v1/cam-1/up/birth", BIRTH, False)
    heard: list[Received] = []
    rig.link.cut()
    rig.link.on_message(heard.append)
    rig.link.connect()
    rig.link.subscribe(topics.ALL_UP)
    assert [m.payload for m in heard] == [BIRTH]


def test_a_message_that_cannot_be_handled_holds_up_nobody(rig: Rig) -> None:
    rig.broker.route("lamplighter/v1/cam-1/up/birth", BIRTH, False)
    # Its handling fails, as there is no such device any more.
    engine = sa.create_engine(rig.settings.database)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM devices"))
    engine.dispose()
    rig.settle()
    assert rig.link.unacknowledged == []


def test_unknown_fields_are_ignored(rig: Rig) -> None:
    rig.link.receive(
        Received("lamplighter/v1/cam-1/up/birth", b'{"device":"cam-1","epoch":4,"new":{"a":1}}')
    )
    rig.settle()
    assert rig.store.device("cam-1").epoch == 4
    assert not any(rig.drops.counts().values())


def test_a_retired_device_is_not_heard(rig: Rig) -> None:
    rig.services.retirements.retire("cam-1", None)
    rig.link.receive(Received("lamplighter/v1/cam-1/up/birth", BIRTH))
    assert rig.drops.counts()["unknown_device"] == 1


def test_the_log_is_not_flooded(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def lines() -> list[str]:
        return [r.getMessage() for r in caplog.records if "dropped" in r.message]

    for _ in range(200):
        for channel in ("birth", "telemetry"):
            rig.link.receive(Received(f"lamplighter/v1/cam-1/up/{channel}", b"{"))
    assert rig.drops.counts()["malformed"] == 400
    assert len(lines()) == LOG_LINES_PER_MINUTE, "whatever the channel"
    rig.clock.advance(60.0)
    rig.link.receive(Received("lamplighter/v1/cam-1/up/birth", b"{"))
    assert lines()[-1].endswith("(and 395 more of it since the last such line)")


def test_a_request_of_an_unknown_kind_is_an_event(rig: Rig) -> None:
    payload = encode(Request(device="cam-1", kind="coffee"))
    rig.link.receive(Received("lamplighter/v1/cam-1/up/request", payload))
    rig.settle()
    assert [e.kind for e in rig.store.events()] == ["unknown_request"]


def test_chunks_are_published_once_for_all_who_ask() -> None:
    broker, clock = LoopbackBroker(), ManualClock()
    raw = b"weights" * 100
    sha = sha256_hex(raw)
    link = broker.client()
    link.connect()
    server = ChunkServer(link, {sha: raw}.get, clock)
    server.request("cam-1", [sha])
    server.request("cam-2", [sha])
    server.flush()
    assert [topic for topic, _ in broker.log] == [topics.blob(sha)]
    assert decompress(broker.log[0][1]) == raw
    counts = server.counts()
    assert (counts["chunks"], counts["requested"], counts["unknown"]) == (1, 2, 0)


@pytest.mark.parametrize("wanted", ["../../etc/passwd", "", "f" * 64, "+", "#" * 64])
def test_what_is_no_chunk_is_not_read(wanted: str) -> None:
    broker = LoopbackBroker()
    link = broker.client()
    link.connect()
    read: list[str] = []

    def _read(sha: str) -> None:
        read.append(sha)

    server = ChunkServer(link, _read, ManualClock())
    server.request("cam-1", [wanted])
    server.flush()
    assert broker.log == []
    counts = server.counts()
    assert (counts["not_ordered"] + counts["unknown"], counts["chunks"]) == (1, 0)
    assert read in ([], ["f" * 64])


def test_the_chunk_thread_serves_and_ends() -> None:
    broker = LoopbackBroker()
    raw = b"x" * 10
    sha = sha256_hex(raw)
    link = broker.client()
    link.connect()
    seen = threading.Event()
    listener = broker.client()
    listener.connect()
    listener.on_message(lambda _: seen.set())
    listener.subscribe(topics.blob(sha))
    server = ChunkServer(link, {sha: raw}.get, SystemClock())
    server.start()
    server.request("cam-1", [sha])
    assert seen.wait(PATIENCE_S)
    server.close()
