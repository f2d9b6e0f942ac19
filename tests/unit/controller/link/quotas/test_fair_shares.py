"""A device has its share of each channel, whatever it sends; of its state the newest counts."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.link.quotas.fair_shares import (
    DECIDED,
    NEWEST,
    FairShares,
    Share,
    shares_of,
)
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock

SHARE = Share(at_once=5, per_s=0.5)


class Desk:
    """Handles what comes, and notes it."""

    def __init__(self) -> None:
        self.clock, self.misconduct = ManualClock(), Misconduct()
        shares = dict.fromkeys([*topics.UP_CHANNELS, DECIDED], SHARE)
        self.shares = FairShares(self.clock, self.misconduct, shares)
        self.handled: list[tuple[str, str, int]] = []

    def send(self, device: str, channel: str, number: int) -> bool:
        handle = self._handle(device, channel, number)
        has_room = self.shares.admit(device, channel, handle)
        if has_room:
            handle()
        return has_room

    def _handle(self, device: str, channel: str, number: int) -> Callable[[], None]:
        return lambda: self.handled.append((device, channel, number))


def test_events_beyond_the_share_are_left_out_and_told() -> None:
    desk = Desk()
    for number in range(12):
        desk.send("loud", "event", number)
        desk.send("honest", "telemetry", number) if number < 5 else None
    desk.clock.advance(60.0)
    desk.shares.flush()
    assert [n for d, _, n in desk.handled if d == "loud"] == [0, 1, 2, 3, 4]
    now = desk.clock.monotonic()
    assert desk.misconduct.recent("loud", now) == {"messages of event beyond its share": 7}
    assert desk.misconduct.recent("honest", now) == {}
    assert desk.send("loud", "event", 12), "it fills up again"


@pytest.mark.parametrize("channel", sorted(NEWEST))
def test_of_its_state_the_newest_is_taken_when_there_is_room(channel: str) -> None:
    desk = Desk()
    for number in range(50):
        desk.send("loud", channel, number)
    desk.shares.flush()
    assert [n for _, _, n in desk.handled] == [0, 1, 2, 3, 4]
    desk.clock.advance(2.0)
    desk.shares.flush()
    desk.clock.advance(100.0)
    desk.shares.flush()
    assert [n for _, _, n in desk.handled] == [0, 1, 2, 3, 4, 49], "once"


def test_what_waits_is_dropped_for_what_is_newer() -> None:
    desk = Desk()
    for number in range(6):
        desk.send("loud", "reported", number)
    desk.clock.advance(2.0)
    assert desk.send("loud", "reported", 6)
    desk.clock.advance(10.0)
    desk.shares.flush()
    assert [n for _, _, n in desk.handled] == [0, 1, 2, 3, 4, 6]


def test_a_retired_device_leaves_nothing() -> None:
    desk = Desk()
    for number in range(6):
        desk.send("loud", "birth", number)
    desk.shares.forget("loud")
    desk.clock.advance(100.0)
    desk.shares.flush()
    assert len(desk.handled) == 5


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.sampled_from(topics.UP_CHANNELS),
            st.sampled_from([0.0, 0.1, 3.0]),
        ),
        max_size=120,
    )
)
def test_nobody_gets_more_and_no_state_is_lost(said: list[tuple[str, str, float]]) -> None:
    desk, began = Desk(), 0.0
    newest: dict[tuple[str, str], int] = {}
    for number, (device, channel, rest_s) in enumerate(said):
        desk.clock.advance(rest_s)
        began += rest_s
        desk.send(device, channel, number)
        desk.shares.flush()
        newest[device, channel] = number
        counts = [(d, c) for d, c, _ in desk.handled]
        assert counts.count((device, channel)) <= SHARE.at_once + began * SHARE.per_s
    desk.clock.advance(10.0)
    desk.shares.flush()
    last = {(d, c): n for d, c, n in desk.handled}
    assert all(last[key] == n for key, n in newest.items() if key[1] in NEWEST)


def test_each_channel_has_a_share() -> None:
    assert shares_of(600.0, 5.0).keys() == {*topics.UP_CHANNELS, DECIDED}
