"""Chunks wait for devices here, and not in the broker's memory."""

import threading

import pytest
from lamplighter_controller.link.chunks.broker_room import FRESH_S, BrokerRoom
from lamplighter_wire.clock import ManualClock

MIB = 2**20


def has_room(room: BrokerRoom, size_bytes: int) -> bool:
    """Whether nobody would have to wait."""
    looks: list[int] = []

    def is_over() -> bool:
        looks.append(1)
        return True

    room.take(size_bytes, is_over)
    return not looks


def test_what_is_published_counts_until_the_broker_says_what_it_holds() -> None:
    clock = ManualClock()
    room = BrokerRoom(1000 * MIB, clock)
    room.hear(b"10000000")
    assert has_room(room, 40 * MIB)
    assert not has_room(room, 40 * MIB)
    clock.advance(1.0)
    room.hear(b"10000000")
    assert has_room(room, 40 * MIB)


def test_twice_as_much_may_wait_while_it_is_used_and_given_out() -> None:
    clock = ManualClock()
    room = BrokerRoom(200 * MIB, clock)
    windows = []
    for _ in range(4):
        clock.advance(1.0)
        room.read(MIB)
        windows.append(0)
        while has_room(room, 8 * MIB):
            windows[-1] += 8
    assert windows == [64, 128, 200, 200]


def test_so_much_may_wait_as_is_given_out_in_a_second() -> None:
    clock = ManualClock()
    room = BrokerRoom(4000 * MIB, clock)
    room.read(MIB)
    room.take(600 * MIB, lambda: False)
    clock.advance(1.0)
    room.read(501 * MIB)
    assert room.waits_s() == 5.0
    assert has_room(room, MIB), "something goes"
    assert not has_room(room, MIB)
    for held in (401, 301, 201, 101):
        clock.advance(1.0)
        room.read(held * MIB)
    assert room.waits_s() == pytest.approx(1.0, abs=0.05)
    clock.advance(1.0)
    room.read(MIB)
    assert room.waits_s() == 0.0
    assert has_room(room, 190 * MIB), "a hundred went out, and there may be room for more"
    assert not has_room(room, 20 * MIB)


def test_what_is_no_chunk_takes_no_room() -> None:
    """Sessions and orders of ten thousand devices."""
    clock = ManualClock()
    room = BrokerRoom(100 * MIB, clock)
    for held in (10, 200, 350, 350):
        clock.advance(1.0)
        room.read(held * MIB)
    assert has_room(room, 40 * MIB) and has_room(room, 20 * MIB)


def test_something_goes_at_each_reading_however_full_it_is() -> None:
    clock = ManualClock()
    room = BrokerRoom(MIB, clock)
    room.read(0)
    for held in (50, 55, 60):
        clock.advance(1.0)
        room.read(held * MIB)
        assert has_room(room, 5 * MIB)
        assert not has_room(room, 1)


def test_nobody_waits_for_a_broker_that_says_nothing() -> None:
    clock = ManualClock()
    room = BrokerRoom(MIB, clock)
    assert has_room(room, 5 * MIB) and has_room(room, 5 * MIB)
    room.hear(b"no number")
    assert has_room(room, 5 * MIB)
    room.hear(b"0")
    room.take(MIB, lambda: False)
    assert not has_room(room, 1)
    clock.advance(FRESH_S + 0.1)
    assert has_room(room, 5 * MIB), "it is away"
    room.read(0)
    clock.advance(3600.0)
    room.take(MIB, lambda: False)
    assert not has_room(room, 1), "it said nothing while nothing changed"
    unbounded = BrokerRoom(0, clock)
    unbounded.hear(b"0")
    assert has_room(unbounded, 5 * MIB) and has_room(unbounded, 5 * MIB)


def test_who_waits_goes_on_as_soon_as_there_is_room() -> None:
    room, went = BrokerRoom(MIB, ManualClock()), threading.Event()
    room.read(0)
    room.take(MIB, lambda: False)
    waiting = threading.Thread(target=lambda: (room.take(MIB, lambda: False), went.set()))
    waiting.start()
    assert not went.wait(0.3)
    room.read(0)
    assert went.wait(60.0)
    waiting.join()
