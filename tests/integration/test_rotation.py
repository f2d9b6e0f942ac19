"""One authority takes another's place; a device that was there follows, one that slept enrols."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from lamplighter_agent.link.certificates.authorities import TrustedAuthorities
from lamplighter_agent.link.commands import CommandHandler
from lamplighter_agent.link.identity import FOLDER, load_identity
from lamplighter_client import authority_endpoints as asked
from lamplighter_client import endpoints
from lamplighter_client.errors import RefusedError
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
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


def test_a_device_follows_and_one_that_slept_enrols_again(
    control: RunningController, tmp_path: Path
) -> None:
    """The controller runs all the time."""
    client = control.client
    device = FollowingDevice(control.url, control.new_token(NAME), tmp_path / NAME, NAME)
    asleep = FollowingDevice(control.url, control.new_token("cam-b"), tmp_path / "b", "cam-b")
    eventually(lambda: control.device(NAME).capabilities, "its capabilities")
    eventually(lambda: control.device("cam-b").capabilities, "its capabilities")
    asleep.close()
    assert client.send(asked.rotate()).phase == "overlap"
    eventually(lambda: client.send(asked.rotation()).behind == ["cam-b"], "who is awake")
    with pytest.raises(RefusedError, match="cam-b"):
        client.send(asked.switch())
    assert client.send(asked.switch(leave_behind=True)).phase == "switched"
    eventually(
        lambda: client.send(asked.rotation()).old == ["cam-b"], "a certificate of the new authority"
    )
    assert client.send(asked.finish(leave_behind=True)).phase == "none"
    eventually(lambda: load_identity(tmp_path / NAME).authorities == 2, "the new one alone")
    assert load_identity(tmp_path / NAME).tls.ca.read_text().count("BEGIN CERTIFICATE") == 1
    device.measure(3)
    eventually(lambda: not device.kept, "its words over the new authority alone")
    with pytest.raises(TransportError):
        shake_hands("127.0.0.1", control.controller.broker.port, asleep.identity.tls)
    again = FollowingDevice(control.url, control.new_token("cam-b"), tmp_path / "b", "cam-b")
    eventually(lambda: control.device("cam-b").online, "the one that slept")
    standing = client.send(asked.rotation())
    assert not (standing.behind or standing.old) or client.send(endpoints.device("cam-b")).online
    again.close()
    device.close()
