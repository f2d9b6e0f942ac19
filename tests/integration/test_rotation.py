"""One authority takes another's place; a device that was there follows, one that slept enrols."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from lamplighter_agent.link.certificates.authorities import TrustedAuthorities
from lamplighter_agent.link.commands import CommandHandler
from lamplighter_agent.link.identity import FOLDER, load_identity
from lamplighter_client import authority_endpoints, endpoints
from lamplighter_client.errors import RefusedError
from lamplighter_controller.link.mosquitto import free_port
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Capabilities
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.transport.handshake import shake_hands

from tests.integration.test_renewal import RenewingDevice
from tests.simulators.running_controller import RunningController, eventually

pytestmark = pytest.mark.broker
NAME = "cam-a"


class FollowingDevice(RenewingDevice):
    """Follows its controller from one authority to the next."""

    def _begin(self) -> None:
        super()._begin()
        self.trusts, self.ends_at = self.identity.authorities, self.identity.ends_at
        prove = partial(shake_hands, self.identity.broker_host, self.identity.broker_port)
        authorities = TrustedAuthorities(
            self.folder / FOLDER, lambda: self.identity.keys, self.reporter, prove, self._taken
        )
        actions = {
            CommandKind.RENEW: self.renewal.begin,
            CommandKind.CERTIFICATE: self.renewal.receive,
            CommandKind.AUTHORITIES: authorities.receive,
        }
        receive = CommandHandler(self.reporter, actions, self.session.run).receive
        self.session.handle(command=receive, online=self._describe)

    def _taken(self, version: int) -> None:
        self.trusts = version
        self._describe()

    def _switch(self, files: object, ends_at: float) -> None:
        self.ends_at = ends_at
        super()._switch(files, ends_at)  # type: ignore[arg-type]

    def _describe(self) -> None:
        facts = Capabilities(
            device=self.name, authorities=self.trusts, certificate_ends_at=self.ends_at
        )
        self.reporter.publish("capabilities", facts)


@pytest.fixture
def started(tmp_path: Path) -> Callable[[], "contextmanager[RunningController]"]:
    """Starts the controller, or starts it again on the same folder."""
    key, port = SigningKey.generate(), free_port()

    @contextmanager
    def start() -> Iterator[RunningController]:
        made = RunningController(tmp_path / "controller", key, broker_port=port)
        with made.running():
            yield made

    return start  # type: ignore[return-value]


def names_nobody(control: RunningController) -> bool:
    shown = control.client.send(authority_endpoints.rotation())
    return not (shown.behind or shown.old)


def test_a_device_follows_and_one_that_slept_enrols_again(
    started: Callable[[], "contextmanager[RunningController]"], tmp_path: Path
) -> None:
    with started() as control:  # type: ignore[attr-defined]
        device = FollowingDevice(control.url, control.new_token(NAME), tmp_path / NAME, NAME)
        asleep = FollowingDevice(control.url, control.new_token("cam-b"), tmp_path / "b", "cam-b")
        eventually(lambda: control.device(NAME).capabilities, "its capabilities")
        eventually(lambda: control.device("cam-b").capabilities, "its capabilities")
        asleep.close()
        assert control.client.send(authority_endpoints.rotate()).needs_restart
        with pytest.raises(RefusedError, match="restart first"):
            control.client.send(authority_endpoints.switch(leave_behind=True))
    with started() as control:  # type: ignore[attr-defined]
        eventually(
            lambda: control.client.send(authority_endpoints.rotation()).behind == ["cam-b"],
            "the device that is awake",
        )
        with pytest.raises(RefusedError, match="cam-b"):
            control.client.send(authority_endpoints.switch())
        control.client.send(authority_endpoints.switch(leave_behind=True))
    with started() as control:  # type: ignore[attr-defined]
        eventually(
            lambda: control.client.send(authority_endpoints.rotation()).old == ["cam-b"],
            "a certificate of the new authority",
        )
        control.client.send(authority_endpoints.finish(leave_behind=True))
    with started() as control:  # type: ignore[attr-defined]
        device.measure(3)
        eventually(lambda: not device.kept, "its words over the new authority alone")
        assert "BEGIN" in load_identity(tmp_path / NAME).tls.ca.read_text()
        eventually(lambda: load_identity(tmp_path / NAME).authorities == 2, "the new one alone")
        assert load_identity(tmp_path / NAME).tls.ca.read_text().count("BEGIN CERTIFICATE") == 1
        with pytest.raises(TransportError):
            shake_hands("127.0.0.1", control.controller.broker.port, asleep.identity.tls)
        again = FollowingDevice(control.url, control.new_token("cam-b"), tmp_path / "b", "cam-b")
        eventually(lambda: control.device("cam-b").online, "the one that slept")
        assert names_nobody(control) or control.client.send(endpoints.device("cam-b")).online
        again.close()
        device.close()
