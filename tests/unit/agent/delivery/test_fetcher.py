"""The download asks for what is missing only, and survives loss, damage and broken links."""

import itertools
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import Fetcher
from lamplighter_agent.delivery.transfer_totals import TransferTotals, with_unnoticed
from lamplighter_agent.errors import CalledOffError, FetchError
from lamplighter_wire import topics
from lamplighter_wire.artifacts.fetch_window import WINDOW_CEILING, WINDOW_FLOOR
from lamplighter_wire.blobs import compress, sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.messages import Request, Transfer
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received

SLOW_CHUNK_S = 2.0
CHUNKS = {sha256_hex(raw): raw for raw in (bytes([n]) * 5000 for n in range(40))}


class Link:
    """A device and a controller on one loopback broker; `answer` decides what is sent back."""

    def __init__(self, folder: Path) -> None:
        self.broker = LoopbackBroker()
        self.clock = ManualClock()
        self.store = ChunkStore(folder)
        self.asked: list[list[str]] = []
        self.answer: Callable[[str], list[bytes]] = lambda sha: [compress(CHUNKS[sha])]
        self.controller = self.broker.client()
        self.controller.connect()
        self.controller.on_message(self._on_request)
        self.controller.subscribe(topics.ALL_UP)
        self.device = self.broker.client()
        self.fetcher = Fetcher(self.device, self.store, "cam-1", self.clock, self._send, 0.001)
        self.device.on_message(self._on_blob)
        self.device.connect()

    def fetch(
        self, timeout_s: float = 60.0, abort: Callable[[], bool] = lambda: False
    ) -> tuple[Transfer, list[Transfer]]:
        seen: list[Transfer] = []
        done = self.fetcher.fetch(list(CHUNKS), 3, seen.append, abort, timeout_s)
        return done, seen

    def wanted(self) -> list[str]:
        """Everything that was asked for, in order."""
        return list(itertools.chain.from_iterable(self.asked))

    def _send(self, request: Request) -> None:
        self.device.publish(topics.up("cam-1", "request"), encode(request))

    def _on_request(self, message: Received) -> None:
        request = decode(message.payload, Request)
        assert (request.kind, request.device, request.revision) == ("chunks", "cam-1", 3)
        self.asked.append(request.chunks)
        for sha in request.chunks:
            for payload in self.answer(sha):
                self.controller.publish(topics.blob(sha), payload)

    def _on_blob(self, message: Received) -> None:
        sha = topics.parse_blob(message.topic)
        assert sha is not None
        self.fetcher.on_blob(sha, message.payload)


def test_everything_arrives_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    link = Link(tmp_path)
    done, seen = link.fetch()
    assert link.store.missing(CHUNKS) == []
    assert sorted(link.wanted()) == sorted(CHUNKS)
    assert max(map(len, link.asked)) <= WINDOW_CEILING
    assert (done.chunks_total, done.chunks_missing, done.chunks_received) == (40, 0, 40)
    assert done.bytes_received == sum(len(compress(raw)) for raw in CHUNKS.values())
    assert seen[-1] == done
    assert done.chunks_requested == 40


def test_only_missing_chunks_are_asked_for(tmp_path: Path) -> None:
    link = Link(tmp_path)
    held = list(CHUNKS)[:38]
    for sha in held:
        link.store.put(sha, CHUNKS[sha])
    done, _ = link.fetch()
    assert link.wanted() == list(CHUNKS)[38:]
    assert done.chunks_received == 2
    assert link.fetch()[0].chunks_received == 0


def test_lost_chunks_are_asked_for_again(tmp_path: Path) -> None:
    link = Link(tmp_path)
    tries: dict[str, int] = {}

    def lossy(sha: str) -> list[bytes]:
        tries[sha] = tries.get(sha, 0) + 1
        return [compress(CHUNKS[sha])] if tries[sha] > 1 or sha[0] < "8" else []

    link.answer = lossy
    done, _ = link.fetch(abort=_ticking(link))
    assert link.store.missing(CHUNKS) == []
    assert max(tries.values()) == 2
    assert done.chunks_requested == sum(tries.values()) > done.chunks_received == 40


def test_a_chunk_that_comes_twice_counts_as_a_duplicate(tmp_path: Path) -> None:
    link = Link(tmp_path)
    link.answer = lambda sha: [compress(CHUNKS[sha])] * 2
    done, _ = link.fetch()
    assert done.chunks_received == 40
    assert 1 <= done.duplicates <= 40


@pytest.mark.parametrize("bad", [b"rubbish", compress(b"another chunk")])
def test_a_damaged_chunk_is_fetched_again(tmp_path: Path, bad: bytes) -> None:
    link = Link(tmp_path)
    first = next(iter(CHUNKS))
    answers = [[bad], [bad], [compress(CHUNKS[first])]]
    link.answer = lambda sha: answers.pop(0) if sha == first else [compress(CHUNKS[sha])]
    done, _ = link.fetch()
    assert link.store.missing(CHUNKS) == []
    whole_bytes = sum(len(compress(raw)) for raw in CHUNKS.values())
    assert done.bytes_received == whole_bytes + 2 * len(bad), "damaged bytes were on the wire too"


def test_a_chunk_that_is_always_damaged_ends_the_download(tmp_path: Path) -> None:
    link = Link(tmp_path)
    link.answer = lambda sha: [b"rubbish"]
    with pytest.raises(FetchError) as caught:
        link.fetch()
    assert caught.value.reason == "HASH"


def test_silence_ends_with_a_timeout(tmp_path: Path) -> None:
    link = Link(tmp_path)
    link.answer = lambda sha: []
    with pytest.raises(FetchError) as caught:
        link.fetch(timeout_s=20, abort=_ticking(link))
    assert caught.value.reason == "TIMEOUT"


def test_what_is_asked_for_is_told_before_it_is_sent(tmp_path: Path) -> None:
    link = Link(tmp_path)
    told: list[int] = []

    def counting(sha: str) -> list[bytes]:
        assert told[-1] == len(link.wanted())
        return [compress(CHUNKS[sha])]

    link.answer = counting
    link.fetcher.fetch(
        list(CHUNKS), 3, lambda t: told.append(t.chunks_requested), lambda: False, 60.0
    )
    assert told[-1] == 40


def test_an_account_goes_on_after_a_power_cut(tmp_path: Path) -> None:
    spent = _cut_off(Link(tmp_path), TransferTotals(Transfer(), lambda _: None))
    link = Link(tmp_path)  # another process over the same store
    totals = TransferTotals(spent, lambda _: None)
    progress = totals.begin(len(CHUNKS), len(link.store.missing(CHUNKS)))
    link.fetcher.fetch(list(CHUNKS), 3, progress, lambda: False, 60.0)
    done = totals.spent
    assert (done.chunks_total, done.chunks_missing, done.chunks_received) == (40, 0, 40)
    assert 0 < done.chunks_requested - 40 <= WINDOW_CEILING, "what was under way"
    assert done.bytes_received == sum(len(compress(raw)) for raw in CHUNKS.values())


def _cut_off(link: Link, totals: TransferTotals) -> Transfer:
    """What an account stands at when the controller falls silent after 20 chunks."""
    link.answer = lambda sha: [compress(CHUNKS[sha])] if len(link.wanted()) <= 20 else []
    progress = totals.begin(len(CHUNKS), len(CHUNKS))
    with pytest.raises(FetchError):
        link.fetcher.fetch(list(CHUNKS), 3, progress, _ticking(link), 3.0)
    return totals.spent


def test_chunks_that_came_unnoticed_are_counted_and_no_more() -> None:
    saved = Transfer(chunks_total=40, chunks_missing=30, chunks_received=10, bytes_received=99)
    assert with_unnoticed(saved, 40, 27).chunks_received == 13
    assert with_unnoticed(saved, 40, 31) == saved, "one rotted on the disk"
    assert with_unnoticed(saved, 1, 0) == saved, "another download"


def test_a_rung_of_the_ladder_costs_but_is_not_the_progress_of_the_primary() -> None:
    told: list[Transfer] = []
    before = Transfer(chunks_total=9, chunks_received=9, chunks_requested=9, bytes_received=900)
    progress = TransferTotals(before, told.append, aside=True).begin(5, 2)
    progress(Transfer(chunks_total=5, chunks_missing=1, chunks_received=1, bytes_received=100))
    assert told[-1] == msgspec.structs.replace(before, chunks_received=10, bytes_received=1000)


def test_abort_ends_the_download(tmp_path: Path) -> None:
    with pytest.raises(CalledOffError):
        Link(tmp_path).fetch(abort=lambda: True)


def test_a_cut_link_costs_at_most_one_window(tmp_path: Path) -> None:
    link = Link(tmp_path)
    sent = 0

    def cut_once(sha: str) -> list[bytes]:
        nonlocal sent
        sent += 1
        if sent == 20:
            link.device.cut()
        return [compress(CHUNKS[sha])]

    def back() -> bool:
        link.clock.advance(0.01)
        if not link.device.connected:
            link.clock.advance(100)
            link.device.connect()
            link.fetcher.on_connected()
        return False

    link.answer = cut_once
    done, _ = link.fetch(timeout_s=30, abort=back)
    assert done.chunks_received == 40
    assert len(link.wanted()) - 40 <= WINDOW_CEILING


def test_the_time_without_a_link_does_not_count(tmp_path: Path) -> None:
    link = Link(tmp_path)
    link.device.cut()
    ticks = 0

    def abort() -> bool:
        nonlocal ticks
        ticks += 1
        link.clock.advance(1000)
        return ticks > 3

    with pytest.raises(CalledOffError):
        link.fetch(timeout_s=20, abort=abort)


def test_a_very_slow_link_carries_hardly_a_chunk_twice(tmp_path: Path) -> None:
    """260 kbit/s: two seconds for a chunk of 64 KiB, one after the other."""
    link, line = Link(tmp_path), deque[str]()
    next_at = SLOW_CHUNK_S

    def send(sha: str) -> list[bytes]:
        line.append(sha)
        return []

    def deliver() -> bool:
        nonlocal next_at
        link.clock.advance(0.25)
        if line and link.clock.monotonic() >= next_at:
            next_at += SLOW_CHUNK_S
            sha = line.popleft()
            link.fetcher.on_blob(sha, compress(CHUNKS[sha]))
        return False

    link.answer = send
    done, _ = link.fetch(abort=deliver)
    assert done.chunks_requested <= 1.1 * len(CHUNKS)


def test_what_a_neighbour_asked_for_is_not_asked_for_again(tmp_path: Path) -> None:
    link = Link(tmp_path)
    whole = {sha: compress(raw) for sha, raw in CHUNKS.items()}

    def all_at_once(_sha: str) -> list[bytes]:
        """The neighbour is ahead: as soon as this device begins, everything is published."""
        link.answer = lambda _: []
        for sha, payload in whole.items():
            link.controller.publish(topics.blob(sha), payload)
        return []

    link.answer = all_at_once
    done, _ = link.fetch()
    assert done.chunks_received == 40
    assert done.chunks_requested == WINDOW_FLOOR
    assert done.duplicates == 0


def test_a_request_says_how_long_the_device_has_listened(tmp_path: Path) -> None:
    link = Link(tmp_path)
    first = next(iter(CHUNKS))
    told: list[tuple[float, bool]] = []
    send = link.fetcher._send_request  # noqa: SLF001

    def note(request: Request) -> None:
        told.append((request.listening_s, first in request.chunks))
        send(request)

    link.fetcher._send_request = note  # noqa: SLF001
    asked: list[str] = []

    def lose_the_first_once(sha: str) -> list[bytes]:
        asked.append(sha)
        return [] if sha == first and asked.count(sha) == 1 else [compress(CHUNKS[sha])]

    link.answer = lose_the_first_once
    link.fetch(abort=_ticking(link))
    of_first = [listening_s for listening_s, is_first in told if is_first]
    assert len(of_first) > 1
    assert set(of_first) == {0.0}, "what was missed counts from now on"
    assert max(listening_s for listening_s, _ in told) > 0


def _ticking(link: Link) -> Callable[[], bool]:
    def tick() -> bool:
        link.clock.advance(4)
        return False

    return tick
