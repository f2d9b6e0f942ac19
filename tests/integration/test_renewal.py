"""A device replaces its certificate over the session; nothing that it says is lost meanwhile."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from lamplighter_agent.link.certificates.renewal import WAITING, Renewal
from lamplighter_agent.link.commands import CommandHandler
from lamplighter_agent.link.identity import FOLDER, load_identity
from lamplighter_agent.link.reporter import Reporter
from lamplighter_client import endpoints
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Capabilities, Command, Request
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.transport.handshake import shake_hands
from lamplighter_wire.transport.mqtt import TlsFiles

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
NAME = "cam-a"


class RenewingDevice(TalkingDevice):
    """Has besides what answers a controller that wants its certificate replaced."""

    def _begin(self) -> None:
        self.identity = load_identity(self.folder)
        super()._begin()
        self.reporter = Reporter(self.session, self.name, SystemClock())
        self.answers: list[Command] = []
        self.switches: list[float] = []
        self.renewal = Renewal(
            self.folder / FOLDER,
            self.name,
            self.reporter,
            SystemClock().time,
            partial(shake_hands, self.identity.broker_host, self.identity.broker_port),
            self._switch,
        )
        actions = {CommandKind.RENEW: self.renewal.begin, CommandKind.CERTIFICATE: self._answered}
        self.session.handle(
            command=CommandHandler(self.reporter, actions, self.session.run).receive
        )
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.reporter.run, args=(self.ended,), daemon=True)
        self.thread.start()

    def _answered(self, command: Command) -> None:
        self.answers.append(command)
        self.renewal.receive(command)

    def _switch(self, files: TlsFiles, ends_at: float) -> None:
        self.switches.append(ends_at)
        self.transport.present(files)
        self.session.reconnect()

    def close(self) -> None:
        self.ended.set()
        self.thread.join()
        super().close()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


@pytest.fixture
def device(control: RunningController, tmp_path: Path) -> Iterator[RenewingDevice]:
    made = RenewingDevice(control.url, control.new_token(NAME), tmp_path / NAME, NAME)
    eventually(lambda: control.device(NAME).online, "a birth")
    yield made
    made.close()


def kinds(control: RunningController) -> list[str]:
    return [event.kind for event in control.services.store.events(NAME, limit=1000)]


def certificates(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / FOLDER).glob("device*"))


def test_a_certificate_is_replaced_and_nothing_is_lost(
    control: RunningController, device: RenewingDevice
) -> None:
    before = load_identity(device.folder)
    device.measure(5)
    control.client.send(endpoints.renew(NAME))
    eventually(lambda: device.switches, "a new certificate")
    device.measure(5)
    eventually(lambda: "certificate_renewed" in kinds(control), "an event")
    assert "offline" not in kinds(control), "nobody saw it go"
    after = load_identity(device.folder)
    assert after.ends_at == pytest.approx(device.switches[0])
    assert after.tls.key != before.tls.key
    assert not before.tls.key.exists(), "the old key is of no use to anybody"
    assert len(certificates(device.folder)) == 2
    assert not (device.folder / FOLDER / WAITING).exists()
    device.restart()
    device.measure(5)
    eventually(lambda: not device.kept, "all confirmed")
    windows = control.services.store.telemetry(NAME, limit=None)
    assert sorted(window.frames for window in windows) == list(range(1, 16))


def test_a_lost_answer_is_given_again_for_the_same_key(
    control: RunningController, device: RenewingDevice
) -> None:
    receive, lost = device.renewal.receive, threading.Event()
    device.renewal.receive = lambda _command: lost.set()  # type: ignore[method-assign]
    control.client.send(endpoints.renew(NAME))
    assert lost.wait(60.0)
    device.renewal.receive = receive  # type: ignore[method-assign]
    device.renewal.ask()  # as at the next connection
    eventually(lambda: device.switches, "the same certificate")
    first, second = (answer.data["certificate"] for answer in device.answers)
    assert first == second
    assert kinds(control).count("certificate_issued") == 1


def test_a_certificate_for_another_key_changes_nothing(
    control: RunningController, device: RenewingDevice
) -> None:
    device.renewal.ask = lambda: None  # type: ignore[method-assign]
    control.client.send(endpoints.renew(NAME))
    waiting = device.folder / FOLDER / WAITING
    eventually(waiting.exists, "a key")
    before = load_identity(device.folder)
    wrong = before.tls.cert.read_text()
    device.reporter.later(
        lambda: device.renewal.receive(Command(device=NAME, data={"certificate": wrong}))
    )
    eventually(lambda: "certificate_kept" in kinds(control), "an event")
    assert not device.switches
    assert load_identity(device.folder) == before
    assert device.is_online


def test_what_is_no_request_for_this_device_is_refused_and_told(
    control: RunningController, device: RenewingDevice
) -> None:
    device.session.send("request", Request(device=NAME, kind="certificate", csr=b"nonsense"))
    eventually(lambda: "certificate_refused" in kinds(control), "an event")
    assert not device.answers


def test_the_new_certificate_of_a_retired_device_counts_no_more(
    control: RunningController, device: RenewingDevice
) -> None:
    control.client.send(endpoints.renew(NAME))
    eventually(lambda: "certificate_renewed" in kinds(control), "an event")
    identity = load_identity(device.folder)
    shake_hands(identity.broker_host, identity.broker_port, identity.tls)
    control.client.send(endpoints.retire(NAME))

    def is_refused() -> bool:
        try:
            shake_hands(identity.broker_host, identity.broker_port, identity.tls)
        except TransportError:
            return True
        return False

    eventually(is_refused, "a refusal")


def test_the_controller_renews_what_ends_soon(
    control: RunningController, device: RenewingDevice
) -> None:
    soon = SystemClock().time() + 30 * 86_400
    device.session.send("capabilities", Capabilities(device=NAME, certificate_ends_at=soon))
    eventually(lambda: control.device(NAME).has_notice("certificate_ends"), "a notice")
    control.services.queue.call(control.services.renewals.sweep)
    eventually(lambda: device.switches, "a new certificate")
