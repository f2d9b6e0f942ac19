"""A device gives lines of its log for each order, unless its owner says no, and not too often."""

from typing import Any

import msgspec
import pytest
from lamplighter_agent.device.on_request.log_sharing import LogSharing, answer
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, DeviceLog, LogLine, LogOrder
from lamplighter_wire.policy.log_limits import (
    LEAST_APART_S,
    MOST_AN_HOUR,
    MOST_LINES,
    MOST_TEXT,
    MOST_TEXT_BYTES,
)


def said(level: str, number: int, text: str = "") -> LogLine:
    return LogLine(at=float(number), level=level, logger="lamplighter_agent", text=text or level)


LINES = [said("debug", 1), said("warning", 2), said("info", 3), said("error", 4)]


class Owner:
    """A device whose owner has set the switch."""

    def __init__(self, *, share_log: bool = True) -> None:
        self.clock, self.sent, self.is_up = ManualClock(), list[DeviceLog](), True
        settings = AgentSettings(device="cam-1", share_log=share_log)
        self.sharing = LogSharing(settings, self.clock, self._send, lambda: LINES)

    def _send(self, answered: DeviceLog) -> None:
        if not self.is_up:
            raise TransportError("no connection")
        self.sent.append(answered)

    def ask(self, **data: Any) -> DeviceLog:
        content = {**msgspec.to_builtins(LogOrder(order="o1")), **data}
        self.sharing.receive(Command(kind=CommandKind.LOG, data=content))
        return self.sent[-1]


def test_an_order_is_answered_with_the_newest_lines() -> None:
    given = Owner().ask(lines=2)
    assert (given.device, given.order, given.refused) == ("cam-1", "o1", "")
    assert [line.at for line in given.lines] == [3.0, 4.0]
    assert given.since == 1.0


def test_the_owner_may_keep_it() -> None:
    given = Owner(share_log=False).ask()
    assert "share_log is off in the settings of this device" in given.refused
    assert not given.lines


@pytest.mark.parametrize(
    "data", [{"lines": 0}, {"lines": MOST_LINES + 1}, {"level": "trace"}, {"order": 3}]
)
def test_a_malformed_order_is_refused(data: dict[str, Any]) -> None:
    given = Owner().ask(**data)
    assert "malformed" in given.refused
    assert not given.lines


def test_nobody_gets_it_too_often() -> None:
    owner = Owner()
    assert not owner.ask().refused
    assert "one in 2 s" in owner.ask().refused
    for _ in range(MOST_AN_HOUR - 1):
        owner.clock.advance(LEAST_APART_S)
        assert not owner.ask().refused
    owner.clock.advance(LEAST_APART_S)
    assert f"{MOST_AN_HOUR} an hour" in owner.ask().refused


def test_without_a_connection_nothing_waits() -> None:
    owner = Owner()
    owner.is_up = False
    owner.sharing.receive(Command(kind=CommandKind.LOG, data={"order": "o1"}))
    owner.is_up = True
    assert owner.sent == []


@pytest.mark.parametrize(
    ("level", "ats"), [("debug", [1, 2, 3, 4]), ("info", [2, 3, 4]), ("error", [4])]
)
def test_levels_below_are_left_out(level: Any, ats: list[float]) -> None:
    assert [line.at for line in answer(LINES, LogOrder(level=level)).lines] == ats


def test_a_level_of_others_is_never_left_out() -> None:
    assert answer([said("notice", 1)], LogOrder(level="critical")).lines


def test_a_device_that_has_said_nothing_says_so() -> None:
    assert answer([], LogOrder()) == DeviceLog()


def test_the_oldest_are_left_out_where_all_have_no_room() -> None:
    long = [said("info", number, "ü" * MOST_TEXT) for number in range(MOST_LINES)]
    given = answer(long, LogOrder(lines=MOST_LINES))
    assert 0 < len(given.lines) < MOST_LINES
    assert given.lines[-1] == long[-1]
    assert given.left_out == MOST_LINES - len(given.lines)
    assert len(encode(given)) < 1.5 * MOST_TEXT_BYTES
