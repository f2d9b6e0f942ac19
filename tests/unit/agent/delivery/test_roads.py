"""Where one road fails the rest comes by the other; what its owner rules out is not tried."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.https_fetcher import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    pause_s,
)
from lamplighter_agent.delivery.roads import AWAY_S, Road, RoadChoice, Roads
from lamplighter_agent.errors import CalledOffError, DiskFullError, FetchError
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Transfer
from lamplighter_wire.transport.loopback import LoopbackBroker

CHUNKS = {sha256_hex(raw): raw for raw in (bytes([n]) * 1000 for n in range(4))}
LOST = FetchError(ReasonCode.TIMEOUT, "nothing came")


class OneRoad:
    """Brings so many chunks, then raises, or waits until it is called off."""

    def __init__(self, store: ChunkStore) -> None:
        self.store, self.brings = store, 4
        self.then: Exception | None = None
        self.waits: Callable[[], None] | None = None
        self.calls = 0

    def fetch(
        self,
        shas: Sequence[str],
        revision: int,
        progress: Callable[[Transfer], None],
        abort: Callable[[], bool],
        timeout_s: float,
        sizes: Mapping[str, int] = MappingProxyType({}),
        artifact: str = "",
    ) -> Transfer:
        assert artifact == ""
        self.calls += 1
        missing = self.store.missing(shas)
        for sha in missing[: self.brings]:
            self.store.put(sha, CHUNKS[sha])
        came = len(missing[: self.brings])
        progress(Transfer(chunks_received=came, bytes_received=10 * came))
        while self.waits:
            self.waits()
            if abort():
                raise CalledOffError("called off")
        if self.then is not None:
            raise self.then
        return Transfer()


USUAL = RoadChoice()


class Device:
    """A store, and two roads to it."""

    def __init__(self, tmp_path: Path, choice: RoadChoice = USUAL) -> None:
        self.clock = ManualClock()
        self.store = ChunkStore(tmp_path)
        self.transport = LoopbackBroker().client()
        self.transport.connect()
        self.broker, self.https = OneRoad(self.store), OneRoad(self.store)
        self.choice = choice
        self.told: list[Transfer] = []

    def fetch(self, abort: Callable[[], bool] = lambda: False, size_bytes: int = 1000) -> Transfer:
        roads = Roads(self.store, self.broker, self.https, self.transport, self.clock, self.choice)
        sizes = dict.fromkeys(CHUNKS, size_bytes)
        return roads.fetch(list(CHUNKS), 1, self.told.append, abort, 60.0, sizes)

    @property
    def calls(self) -> tuple[int, int]:
        return self.broker.calls, self.https.calls


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_the_brokers_road_is_the_usual_one(device: Device) -> None:
    device.fetch()
    assert device.calls == (1, 0)


def test_what_one_road_brought_the_other_need_not(device: Device) -> None:
    device.broker.brings, device.broker.then = 1, LOST
    spent = device.fetch()
    assert device.calls == (1, 1)
    assert (spent.chunks_received, spent.bytes_received) == (4, 40)
    assert device.told[-1] == spent


def test_the_last_roads_reason_is_told(device: Device) -> None:
    device.broker.then = FetchError(ReasonCode.TIMEOUT, "first")
    device.https.then = FetchError(ReasonCode.HASH, "second")
    with pytest.raises(FetchError, match="second"):
        device.fetch()


def test_a_broker_that_is_away_is_not_waited_for(device: Device) -> None:
    device.transport.close()
    device.broker.brings, device.broker.waits = 1, lambda: device.clock.advance(1.0)
    assert device.fetch().chunks_received == 4
    assert device.calls == (1, 1)
    assert AWAY_S < device.clock.monotonic() < 2 * AWAY_S


@pytest.mark.parametrize("error", [CalledOffError("newer"), DiskFullError("full")], ids=repr)
def test_what_no_road_can_mend_ends_it(device: Device, error: Exception) -> None:
    device.broker.then = error
    with pytest.raises(type(error)):
        device.fetch(abort=lambda: isinstance(error, CalledOffError))
    assert device.calls == (1, 0)


@pytest.mark.parametrize(
    ("choice", "size_bytes", "calls"),
    [
        (RoadChoice(Road.HTTPS), 1, (0, 1)),
        (RoadChoice(Road.BROKER), 1, (1, 0)),
        (RoadChoice(https_from_bytes=4000), 1000, (0, 1)),
        (RoadChoice(https_from_bytes=4000), 999, (1, 0)),
    ],
)
def test_roads_are_chosen_by_the_owner_and_by_size(
    tmp_path: Path, choice: RoadChoice, size_bytes: int, calls: tuple[int, int]
) -> None:
    device = Device(tmp_path, choice)
    device.fetch(size_bytes=size_bytes)
    assert device.calls == calls


def test_only_one_road_means_that_its_failure_is_the_end(tmp_path: Path) -> None:
    device = Device(tmp_path, RoadChoice(Road.BROKER))
    device.broker.then = LOST
    with pytest.raises(FetchError, match="nothing came"):
        device.fetch()
    assert device.calls == (1, 0)


def test_pauses_grow_to_a_bound_and_are_no_two_alike() -> None:
    assert pause_s(0, 1.0) == FIRST_PAUSE_S
    assert pause_s(3, 1.0) == 8 * FIRST_PAUSE_S
    assert pause_s(500, 1.0) == LONGEST_PAUSE_S
    assert 0 < pause_s(3, 0.0) < pause_s(3, 0.5) < pause_s(3, 1.0)


def test_a_neighbour_comes_first_and_the_rest_by_the_usual_roads(device: Device) -> None:
    near = OneRoad(device.store)
    near.brings, near.then = 3, FetchError(ReasonCode.TIMEOUT, "1 blobs are not there")
    roads = Roads(device.store, device.broker, None, device.transport, device.clock, USUAL, near)
    spent = roads.fetch(list(CHUNKS), 1, device.told.append, lambda: False, 60.0)
    assert (near.calls, device.calls) == (1, (1, 0))
    assert spent.chunks_received == 4


@pytest.mark.parametrize("road", [Road.HTTPS, Road.AUTO])
def test_where_the_controllers_address_is_not_known_the_brokers_road_is_left(
    device: Device, road: Road
) -> None:
    near = OneRoad(device.store)
    near.brings, near.then = 0, LOST
    choice = RoadChoice(road)
    Roads(device.store, device.broker, None, device.transport, device.clock, choice, near).fetch(
        list(CHUNKS), 1, device.told.append, lambda: False, 60.0
    )
    assert device.calls == (1, 0)
