"""The conversation over a loopback broker, driven step by step."""

import itertools
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.errors import AgentError
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.session import (
    LASTING_S,
    MAX_BACKOFF_S,
    RETURN_SPREAD_S,
    Session,
    State,
    backoff_s,
)
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import TopicError, TransportError
from lamplighter_wire.messages import (
    Birth,
    Capabilities,
    Command,
    Confirmed,
    Envelope,
    Event,
    Message,
    Probe,
    Reported,
    Request,
    Status,
    Telemetry,
)
from lamplighter_wire.transport.loopback import LoopbackBroker, LoopbackTransport
from lamplighter_wire.transport.protocol import Received, Will


class ClosedRoad(LoopbackTransport):
    """A transport whose first connects fail."""

    failures = 0

    def connect(self, will: Will | None = None) -> None:
        if self.failures:
            self.failures -= 1
            raise TransportError("no road")
        super().connect(will)


class Device:
    """A session with its broker, clock and outbox."""

    def __init__(self, folder: Path) -> None:
        self.broker = LoopbackBroker()
        self.clock = ManualClock()
        self.outbox = Outbox(folder / "outbox.db", clock=self.clock)
        self.transport = ClosedRoad(self.broker)
        self.desired: list[Envelope] = []
        self.commands: list[Command] = []
        self.blobs: list[tuple[str, bytes]] = []
        self.births = 0
        self.session = Session(self.transport, "cam-1", self.outbox, self.clock)
        self.session.handle(
            birth=lambda: Birth(agent_version="1", highest_revision=4, variant="v"),
            desired=self.desired.append,
            command=self.commands.append,
            blob=lambda sha, data: self.blobs.append((sha, data)),
            online=self._count_birth,
        )

    def _count_birth(self) -> None:
        self.births += 1

    def settle(self) -> None:
        while self.session.step() == 0.0:
            pass

    def settle_confirmed(self) -> None:
        """With a controller that has all that was sent, until nothing waits."""
        self.settle()
        while len(self.outbox):
            told = Confirmed(device="cam-1", epoch=self.session.epoch, number=len(self.broker.log))
            self.tell("confirmed", told)
            self.settle()

    def tell(self, channel: str, message: Message | bytes) -> None:
        data = message if isinstance(message, bytes) else encode(message)
        self.broker.route(topics.down("cam-1", channel), data, retain=channel == "desired")

    def said(self, channel: str) -> list[bytes]:
        return [data for topic, data in self.broker.log if topic == topics.up("cam-1", channel)]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_first_words_are_birth_and_status(device: Device) -> None:
    device.settle()
    birth = decode(device.said("birth")[0], Birth)
    status = decode(device.broker.retained[topics.up("cam-1", "status")], Status)
    assert (birth.device, birth.highest_revision, birth.variant) == ("cam-1", 4, "v")
    assert status == Status(device="cam-1", online=True, epoch=birth.epoch, at=device.clock.time())
    assert device.session.state is State.ONLINE
    assert device.births == 1


def test_a_cut_link_leaves_a_will_of_its_epoch_and_the_next_epoch_is_higher(device: Device) -> None:
    device.settle()
    device.transport.cut()
    will = decode(device.broker.retained[topics.up("cam-1", "status")], Status)
    assert (will.online, will.epoch) == (False, device.session.epoch)
    assert device.session.state is State.OFFLINE
    device.settle()
    assert device.session.epoch > will.epoch
    assert device.births == 2


def test_closing_says_goodbye(device: Device) -> None:
    device.settle()
    device.session.close()
    goodbye = decode(device.broker.retained[topics.up("cam-1", "status")], Status)
    assert (goodbye.online, goodbye.epoch) == (False, device.session.epoch)
    assert device.session.state is State.CLOSED


def test_nothing_said_offline_is_lost(device: Device) -> None:
    for n in range(40):
        device.session.send("telemetry", Telemetry(device="cam-1", frames=n))
    device.session.send("event", Event(device="cam-1", kind="source_lost"))
    device.settle_confirmed()
    windows = [decode(data, Telemetry) for data in device.said("telemetry")]
    assert [w.frames for w in windows] == list(range(40))
    assert len({w.seq for w in windows}) == 40
    assert decode(device.said("event")[0], Event).seq > 0
    assert len(device.outbox) == 0
    order = [topic.rsplit("/", 1)[1] for topic, _ in device.broker.log]
    assert order.index("event") < order.index("telemetry")


def test_what_is_said_survives_a_restart(tmp_path: Path) -> None:
    first = Device(tmp_path)
    first.session.send("event", Event(device="cam-1", kind="breach"))
    first.outbox.close()
    second = Device(tmp_path)
    second.settle()
    assert decode(second.said("event")[0], Event).kind == "breach"


def test_of_lasting_words_only_the_last_is_said_and_again_after_each_birth(device: Device) -> None:
    device.session.send("capabilities", Capabilities(cores=1))
    device.session.send("capabilities", Capabilities(cores=2))
    device.settle()
    assert [decode(d, Capabilities).cores for d in device.said("capabilities")] == [2]
    device.transport.cut()
    device.settle()
    assert [decode(d, Capabilities).cores for d in device.said("capabilities")] == [2, 2]


def test_sending_now_needs_a_connection(device: Device) -> None:
    with pytest.raises(TransportError):
        device.session.send_now("request", Request(kind="chunks"))
    device.settle()
    device.session.send_now("request", Request(kind="chunks"))
    assert decode(device.said("request")[0], Request).seq == 0


def test_an_unknown_channel_is_the_callers_mistake(device: Device) -> None:
    with pytest.raises(TopicError):
        device.session.send("gossip", Event())


def test_what_arrives_is_routed(device: Device) -> None:
    device.tell("desired", Envelope(key_id="k", payload=b"p"))
    device.settle()
    device.tell("command", Command(id="1", device="cam-1", kind="probe"))
    sha = "a" * 64
    device.transport.subscribe(topics.blob(sha))
    device.broker.route(topics.blob(sha), b"data", retain=False)
    assert device.desired == [Envelope(key_id="k", payload=b"p")]
    assert [c.kind for c in device.commands] == ["probe"]
    assert device.blobs == [(sha, b"data")]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Command(id="1", device="cam-2"), "misaddressed"),
        (Command(id="1", device="cam-1", expires_at=1.0), "expired"),
        (b"{", "malformed"),
        (b'{"id": 7}', "malformed"),
        (b" " * 300_000, "malformed"),
    ],
)
def test_bad_commands_are_counted_and_dropped(
    device: Device, command: Command | bytes, why: str
) -> None:
    device.settle()
    device.tell("command", command)
    assert device.commands == []
    assert device.session.dropped[why] == 1
    assert device.session.state is State.ONLINE


def test_a_command_that_comes_twice_is_obeyed_once(device: Device) -> None:
    device.settle()
    for _ in range(2):
        device.tell("command", Command(id="1", device="cam-1", kind="probe"))
    assert len(device.commands) == 1


def test_a_cleared_desired_state_is_dropped_not_obeyed(device: Device) -> None:
    device.settle()
    device.tell("desired", b"")
    assert device.desired == []


def test_a_device_that_has_lost_its_numbers_goes_on_behind_them(device: Device) -> None:
    device.settle()
    known = device.session.epoch + 5000
    device.tell("confirmed", Confirmed(device="cam-1", known=known))
    device.settle()
    assert device.session.epoch == known + 1
    device.session.send("event", Event(device="cam-1", kind="breach"))
    device.settle()
    assert decode(device.said("event")[0], Event).seq > known
    device.tell("confirmed", Confirmed(device="cam-1", known=known))
    device.settle()
    assert device.births == 2, "told once more, it stays"


def test_after_a_loss_devices_come_back_spread_out() -> None:
    broker, clock = LoopbackBroker(), ManualClock()
    waits = []
    for n in range(1000):
        session = Session(broker.client(), f"cam-{n}", cast(Outbox, None), clock)
        waits.append(session.before_return_s())
    busiest = max(sum(second <= wait < second + 1 for wait in waits) for second in range(10))
    assert busiest < 150
    assert max(waits) <= RETURN_SPREAD_S


def test_connections_that_do_not_last_come_ever_more_seldom(device: Device) -> None:
    device.settle()
    waits = [device.session.before_return_s() for _ in range(12)]
    assert sum(waits[-3:]) > 60.0
    device.clock.advance(LASTING_S)
    assert device.session.before_return_s() <= RETURN_SPREAD_S


def test_failed_attempts_back_off_and_success_forgets_them(device: Device) -> None:
    device.transport.failures = 4
    waits = [device.session.step() for _ in range(4)]
    assert device.session.state is State.BACKOFF
    assert all(longer > 0.9 * shorter for shorter, longer in itertools.pairwise(waits))
    device.settle()
    device.transport.cut()
    device.transport.failures = 1
    assert device.session.step() <= 0.5


@given(st.integers(1, 10_000), st.integers())
def test_back_off_is_bounded_and_never_hammers(attempt: int, seed: int) -> None:
    wait_s = backoff_s(attempt, random.Random(seed))
    assert 0.25 <= wait_s <= MAX_BACKOFF_S


def test_its_own_thread_connects_and_sends(device: Device, eventually: Callable[..., None]) -> None:
    device.session.start()
    eventually(lambda: device.session.state is State.ONLINE)
    device.session.send("event", Event(device="cam-1", kind="breach"))
    eventually(lambda: device.said("event"))
    device.session.close()
    assert device.session.state is State.CLOSED


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


def test_what_a_device_reports_joins_the_trace_of_the_decision(device: Device) -> None:
    heard: list[Received] = []
    controller = device.broker.client()
    controller.connect()
    controller.on_message(heard.append)
    controller.subscribe(topics.ALL_UP)
    device.settle()
    topic, trace = topics.down("cam-1", "desired"), "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    device.broker.route(topic, encode(Envelope()), True, {"traceparent": trace})
    device.session.send("reported", Reported(revision=1))
    device.session.send("telemetry", Telemetry())
    device.settle()
    said = {m.topic.rsplit("/", 1)[1]: m.properties for m in heard}
    assert said["reported"] == {"schema": "reported/1", "traceparent": trace}
    assert "traceparent" not in said["telemetry"]


def test_a_device_without_an_outbox_stays_reachable(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()  # as good as a disk that cannot be written
    device = Device(tmp_path)
    with pytest.raises(AgentError):
        device.session.send("event", Event(device="cam-1", kind="breach"))
    device.session.send("reported", Reported(device="cam-1", phase="COMMITTED"))
    device.settle()
    device.tell("command", Command(id="1", device="cam-1", kind="report"))
    assert device.session.state is State.ONLINE
    assert decode(device.said("reported")[0], Reported).phase == "COMMITTED"
    assert [command.kind for command in device.commands] == ["report"]


def test_a_refused_message_in_the_middle_of_a_batch_is_noticed_and_the_others_arrive(
    tmp_path: Path,
) -> None:
    device = Device(tmp_path)
    device.broker.refused_topics.add(topics.up("cam-1", "probe"))
    device.session.send("event", Event(device="cam-1", kind="breach"))
    device.session.send("probe", Probe(device="cam-1"))
    device.session.send("telemetry", Telemetry(device="cam-1"))
    device.settle()
    assert device.session.dropped == {"refused": 1}
    assert len(device.said("event")) == len(device.said("telemetry")) == 1
    device.broker.refused_topics.clear()
    device.settle()
    assert device.said("probe") == []  # it would be refused again: it is not kept
