"""Nothing that was put is lost before it is acknowledged, except by the stated caps."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_agent.errors import AgentError
from lamplighter_agent.link import outbox as outbox_module
from lamplighter_agent.link.outbox import ROW_BYTES, Entry, Outbox
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.messages import Event, Telemetry


def _box(folder: Path, **limits: float) -> Outbox:
    return Outbox(folder / "outbox.db", clock=ManualClock(), **limits)  # type: ignore[arg-type]


def test_messages_survive_a_restart_and_leave_when_acknowledged(tmp_path: Path) -> None:
    box = _box(tmp_path)
    first, second = box.put("event", b"1"), box.put("event", b"2")
    box.close()
    box = _box(tmp_path)
    assert box.peek() == [Entry(first, "event", b"1"), Entry(second, "event", b"2")]
    box.ack(first)
    assert [e.seq for e in box.peek()] == [second]
    box.ack([second])
    assert len(box) == 0


def test_important_messages_go_first(tmp_path: Path) -> None:
    box = _box(tmp_path)
    for priority in (0, 2, 1, 2):
        box.put("event", bytes([priority]), priority)
    assert b"".join(e.payload for e in box.peek()) == bytes([2, 2, 1, 0])
    assert len(box.peek(2)) == 2


def test_the_payload_may_carry_its_own_number(tmp_path: Path) -> None:
    box = _box(tmp_path)
    seq = box.put("event", lambda number: str(number).encode())
    assert box.peek()[0].payload == str(seq).encode()


def test_numbers_rise_for_ever(tmp_path: Path) -> None:
    box = _box(tmp_path)
    numbers = [box.put("event", b""), box.next_number(), box.put("event", b"")]
    box.ack(numbers)
    box.close()
    numbers.append(_box(tmp_path).next_number())
    assert numbers == sorted(set(numbers))


def test_numbers_rise_even_when_the_file_was_lost(tmp_path: Path) -> None:
    clock = ManualClock()
    before = Outbox(tmp_path / "a.db", clock=clock).put("event", b"")
    clock.advance(1)
    assert Outbox(tmp_path / "b.db", clock=clock).put("event", b"") > before


def test_old_messages_go(tmp_path: Path) -> None:
    clock = ManualClock()
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=clock)
    box.put("telemetry", b"old")
    clock.advance(11)
    box.put("telemetry", b"new")
    assert [e.payload for e in box.peek()] == [b"new"]
    assert box.dropped == 1


class SetClock(ManualClock):
    """Its wall clock can be set."""

    wrong_s = 0.0

    def time(self) -> float:
        return super().time() + self.wrong_s


@pytest.mark.parametrize("wrong_s", [-1.7e9, -9 * 3600.0, 20 * 86400.0])
def test_a_wall_clock_that_is_set_makes_nothing_old(tmp_path: Path, wrong_s: float) -> None:
    clock = SetClock()
    clock.wrong_s = wrong_s
    box = Outbox(tmp_path / "o.db", clock=clock)
    box.put("telemetry", b"measured with a wrong clock")
    clock.wrong_s = 0.0
    box.put("telemetry", b"right again")
    clock.wrong_s = wrong_s
    assert (len(box.peek()), box.dropped) == (2, 0)


def test_time_goes_on_over_a_restart_of_the_agent_but_not_over_one_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=clock)
    box.put("telemetry", b"kept")
    box.close()
    clock.advance(6)
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=clock)
    assert len(box.peek()) == 1
    box.put("telemetry", b"later")
    box.close()
    monkeypatch.setattr(outbox_module, "boot_number", lambda: 77)
    started = ManualClock(start_s=clock.time() + 30 * 86400)
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=started)
    assert len(box.peek()) == 2, "the machine was off for a month"
    started.advance(5)
    assert [entry.payload for entry in box.peek()] == [b"later"]


def test_messages_dated_by_the_wall_clock_are_young_once(tmp_path: Path) -> None:
    clock = ManualClock()
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=clock)
    box.put("event", b"before")
    box.close()
    with sqlite3.connect(tmp_path / "o.db") as db:
        db.execute("UPDATE message SET at = ?", (clock.time() - 1e6,))
        db.execute("PRAGMA user_version = 0")
    box = Outbox(tmp_path / "o.db", max_age_s=10, clock=clock)
    assert len(box.peek()) == 1
    clock.advance(11)
    assert box.peek() == []


def test_numbers_go_on_behind_what_somebody_else_remembers(tmp_path: Path) -> None:
    box = _box(tmp_path)
    first = box.next_number()
    assert box.next_number(above=first + 1000) == first + 1001
    assert box.put("event", b"") == first + 1002
    assert box.next_number(above=3) == first + 1003


def test_a_full_box_drops_the_least_important_and_oldest(tmp_path: Path) -> None:
    box = _box(tmp_path, max_bytes=3 * (ROW_BYTES + 1))
    for payload, priority in ((b"a", 0), (b"b", 1), (b"c", 0), (b"d", 1), (b"e", 0)):
        box.put("event", payload, priority)
    assert [e.payload for e in box.peek()] == [b"b", b"d", b"e"]
    assert box.dropped == 2


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=40)), max_size=25))
@settings(max_examples=25, deadline=None)
def test_the_cap_holds_and_important_messages_outlive_others(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[int, bytes]]
) -> None:
    box = _box(tmp_path_factory.mktemp("o"), max_bytes=600)
    for priority, payload in messages:
        box.put("event", bytes([priority]) + payload, priority)
    kept = box.peek(100)
    assert sum(len(e.payload) + ROW_BYTES for e in kept) <= 600
    assert len(kept) + box.dropped == len(messages)
    if box.dropped:
        # What was dropped would not have fitted beside what is kept.
        assert sum(len(p) + 1 + ROW_BYTES for _, p in messages) > 600
    box.close()


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"this is no database" * 100)
    box = _box(tmp_path)
    box.put("event", b"still works")
    assert len(box) == 1
    assert (tmp_path / "outbox.db.damaged").exists()


def test_a_file_that_is_damaged_in_use_is_set_aside(tmp_path: Path) -> None:
    box = _box(tmp_path)
    for _ in range(200):
        box.put("event", b"x" * 500)
    box.close()
    whole = (tmp_path / "outbox.db").read_bytes()
    (tmp_path / "outbox.db").write_bytes(whole[:-8192] + b"\xff" * 8192)
    box = _box(tmp_path)
    with pytest.raises(AgentError):
        box.peek(1000)
    box.put("event", b"still works")
    assert [e.payload for e in box.peek()] == [b"still works"]
    assert (tmp_path / "outbox.db.damaged").exists()


@contextmanager
def _no_room() -> Iterator[None]:
    """No file of this process can grow, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_without_room_leaves_the_file_and_is_told(tmp_path: Path) -> None:
    box = _box(tmp_path)
    box.put("event", b"before")
    box.close()
    with _no_room():
        box = _box(tmp_path)  # starting goes on without
        with pytest.raises(AgentError):
            box.put("event", b"lost")
    box.put("event", b"after")
    assert [e.payload for e in box.peek()] == [b"before", b"after"]
    assert not (tmp_path / "outbox.db.damaged").exists()
    with _no_room(), pytest.raises(AgentError):
        box.put("event", b"x" * 100_000)
    assert [e.payload for e in box.peek()] == [b"before", b"after"]


def test_a_place_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()
    box = _box(tmp_path)
    with pytest.raises(AgentError, match="outbox"):
        len(box)
    (tmp_path / "outbox.db").rmdir()
    assert len(box) == 0


def test_database_errors_are_ours(tmp_path: Path) -> None:
    box = _box(tmp_path)
    box.close()
    with pytest.raises(AgentError):
        box.put("event", b"")


def test_a_failing_payload_leaves_nothing(tmp_path: Path) -> None:
    box = _box(tmp_path)
    with pytest.raises(ZeroDivisionError):
        box.put("event", lambda number: bytes(number // 0))
    assert len(box) == 0


def test_the_file_is_plain_sqlite(tmp_path: Path) -> None:
    box = _box(tmp_path)
    box.put("event", b"x")
    with sqlite3.connect(tmp_path / "outbox.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _dates(box: Outbox) -> list[tuple[float, float]]:
    """(start of the window, at of the event), of each pair that waits."""
    entries = box.peek(100)
    windows = [decode(e.payload, Telemetry).start for e in entries if e.channel == "telemetry"]
    events = [decode(e.payload, Event).at for e in entries if e.channel == "event"]
    return list(zip(windows, events, strict=True))


def _say(box: Outbox, clock: SetClock) -> None:
    """A window of ten seconds that ends now, and an event."""
    window = Telemetry(device="cam-1", start=clock.time() - 10.0, seconds=10.0)
    box.put("telemetry", encode(window))
    box.put("event", encode(Event(device="cam-1", at=clock.time(), kind="breach")))


@pytest.mark.parametrize("is_new_process", [False, True])
def test_what_was_said_before_the_clock_was_set_gets_its_date(
    tmp_path: Path, is_new_process: bool
) -> None:
    clock = SetClock(86400.0)  # a device without a clock, a day into 1970
    box = Outbox(tmp_path / "outbox.db", clock=clock)
    _say(box, clock)
    clock.advance(100.0)
    _say(box, clock)
    clock.advance(50.0)
    clock.wrong_s = 1.8e9
    set_to = clock.time()
    if is_new_process:
        box.close()
        box = Outbox(tmp_path / "outbox.db", clock=clock)
    _say(box, clock)
    assert _dates(box) == [
        (pytest.approx(set_to - 160.0), pytest.approx(set_to - 150.0)),
        (pytest.approx(set_to - 60.0), pytest.approx(set_to - 50.0)),
        (set_to - 10.0, set_to),
    ]


@pytest.mark.parametrize("is_new_process", [False, True])
def test_what_may_have_been_sent_stays_as_it_is(tmp_path: Path, is_new_process: bool) -> None:
    clock = SetClock(86400.0)
    box = Outbox(tmp_path / "outbox.db", clock=clock)
    _say(box, clock)
    sent = box.peek(100)
    clock.wrong_s = 1.8e9
    if is_new_process:
        box.close()
        box = Outbox(tmp_path / "outbox.db", clock=clock)
    assert box.peek(100) == sent, "a controller knows what comes twice by its number and date"


def test_what_was_said_by_a_clock_years_ahead_gets_its_date_when_it_is_set(tmp_path: Path) -> None:
    clock = SetClock(2.0e9)
    box = Outbox(tmp_path / "outbox.db", clock=clock)
    _say(box, clock)
    sent = box.peek(100)
    clock.advance(100.0)
    _say(box, clock)
    clock.advance(50.0)
    clock.wrong_s = -0.2e9
    set_to = clock.time()
    _say(box, clock)
    assert box.peek(100, without=[]) != sent
    assert _dates(box)[1:] == [
        (pytest.approx(set_to - 60.0), pytest.approx(set_to - 50.0)),
        (set_to - 10.0, set_to),
    ]
    assert all(entry in box.peek(100) for entry in sent), "it may be there already, so dated"
