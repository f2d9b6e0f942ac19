"""Bundles over a real ssh to devices: installed, enrolled, updated, and taken back."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lamplighter_client import group_endpoints, rollout_endpoints
from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets

from tests.simulators.bare_device import why_not
from tests.simulators.running_controller import eventually
from tests.simulators.ssh_city import ARCH, SshCity, reporting

HEALTH = "LAMPLIGHTER_AGENT_HEARTBEAT_FILE=/run/lamplighter-agent/heartbeat"
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]


class ProcessList(threading.Thread):
    """All arguments of processes that anybody on this machine could read meanwhile."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.05):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.seen.add(process.read_bytes())

    def close(self) -> bytes:
        self._ended.set()
        self.join()
        return b"\n".join(self.seen)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshCity]:
    made = SshCity(tmp_path, monkeypatch)
    with made.controller.running():
        yield made
        made.close()


@pytest.mark.timeout(600)
def test_devices_are_installed_updated_and_taken_back(city: SshCity) -> None:
    one, _ = city.add("cam-1"), city.add("cam-2")
    planned = city.provision("cam-1", "cam-2", "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "cam-1 (cam-1): install and enrol\n  cam-2 (cam-2): install and enrol" in planned.stdout
    processes = ProcessList()
    processes.start()
    done = city.provision("cam-1", "cam-2", "--yes")
    listed = processes.close()
    assert done.exit_code == 0, done.output
    assert "cam-1: enrolled as cam-1" in done.stderr
    assert re.search(r"cam-2 +cam-2 +install and enrol +\d+ s", done.stdout)
    _no_token_was_seen(city, listed, done.output)
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    assert city.provision("cam-1", "cam-2", "--yes").stdout.count("nothing to do") == 2

    city.fps = 4.0
    updated = city.provision("cam-1", "--yes")
    assert updated.exit_code == 0, updated.output
    assert "cam-1: [1/4] agent in" in updated.stderr
    assert "it is enrolled already" in updated.stderr
    assert "4.0" in one.typed("cat /etc/lamplighter/agent.toml")

    city.wheels.make("0.1.1", "echo this one is broken; exit 1")
    city.fps = 3.0
    broken = city.provision("cam-1", "--yes")
    assert broken.exit_code
    assert "this one is broken" in broken.stderr
    assert "what ran before runs again" in broken.stdout
    assert "4.0" in one.typed("cat /etc/lamplighter/agent.toml")
    assert one.typed(f"{HEALTH} /opt/lamplighter/bin/lamplighter-agent health") == "online\n"
    again = city.provision("cam-1", "--dry-run")
    assert "cam-1 (cam-1): update (0.1.0 to 0.1.1)" in again.stdout, "what failed is not done"
    city.wheels.make("0.0.9", "echo an old one; exit 1")
    old = city.provision("cam-1", "--yes")
    assert "left as it is: it runs 0.1.0, newer than the 0.0.9 of" in old.stdout
    assert old.exit_code
    back = city.provision("cam-1", "--dry-run", "--back")
    assert "cam-1 (cam-1): update (0.1.0 to 0.0.9)" in back.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
def test_what_a_rollout_has_due_is_installed_and_what_does_not_come_up_stops_it(
    city: SshCity,
) -> None:
    device, client = city.add("cam-1"), city.controller.client
    assert city.provision("cam-1", "--yes").exit_code == 0
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    client.send(group_endpoints.create_group("all", "id=cam-*"))

    city.begin("newer", "0.1.1")
    early = city.provision_due("newer", "--yes")
    assert "holds lamplighter 0.1.0, and 0.1.1 is wanted" in early.stdout
    assert city.standing("newer")["cam-1"][0] == "ordered", "it was not touched"
    city.wheels.make("0.1.1", reporting("0.1.1", city.folder))
    done = city.provision_due("newer", "--yes")
    assert done.exit_code == 0, done.output
    assert re.search(r"cam-1 +0\.1\.1 +updated", done.stdout)
    eventually(lambda: city.standing("newer")["cam-1"][0] == "watched", "its report")
    assert "nothing was to be done" in city.provision_due("newer", "--yes").stderr
    client.send(rollout_endpoints.step_rollout("newer", "abort"))
    client.send(rollout_endpoints.step_rollout("newer", "end"))

    city.begin("broken", "0.1.2")
    city.wheels.make("0.1.2", "echo this one is broken; exit 1")
    failed = city.provision_due("broken", "--yes")
    assert "1 devices failed" in str(failed.exception)
    state, reason = city.standing("broken")["cam-1"]
    assert state == "failed"
    assert "0.1.2 could not be installed" in reason
    assert "what ran before runs again" in reason
    assert client.send(rollout_endpoints.rollout("broken")).state == "paused"
    assert device.typed(f"{HEALTH} /opt/lamplighter/bin/lamplighter-agent health") == "online\n"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_what_a_rollout_has_due_is_bundled_for_who_is_reached_from_elsewhere(city: SshCity) -> None:
    device, client = city.add("cam-1"), city.controller.client
    assert city.provision("cam-1", "--yes").exit_code == 0
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    client.send(group_endpoints.create_group("all", "id=cam-*"))
    city.wheels.make("0.1.1", reporting("0.1.1", city.folder))
    city.begin("newer", "0.1.1")
    planned = city.bundle_due("newer", "--dry-run")
    assert planned.stdout == f"  cam-1: 0.1.1: write its bundle ({ARCH})\n"
    assert not (city.folder / "due").exists()
    done = city.bundle_due("newer", "--yes")
    assert done.exit_code == 0, done.output
    assert "nothing to do" in city.bundle_due("newer").stderr
    folder = city.folder / "there"
    unpack = f"mkdir {folder} && tar -xzf {city.folder}/due/cam-1.tar.gz -C {folder}"
    assert "it is up and online" in device.typed(f"{unpack} && {folder}/install.sh")
    eventually(lambda: city.standing("newer")["cam-1"][0] == "watched", "its report")
    gone = city.bundle_due("newer", "--yes")
    assert "cam-1: remove its bundle, which is not due" in gone.stdout
    assert not list((city.folder / "due").iterdir())
    client.send(rollout_endpoints.step_rollout("newer", "abort"))
    client.send(rollout_endpoints.step_rollout("newer", "end"))

    city.begin("broken", "0.1.2")
    failed = city.rollout("fail", "broken", "cam-1", "--reason", "no Python there")
    assert failed.exit_code == 0, failed.output
    assert city.standing("broken")["cam-1"] == ("failed", "no Python there")


def _no_token_was_seen(city: SshCity, listed: bytes, output: str) -> None:
    services = city.controller.services
    secrets = EnrolmentSecrets(city.controller.controller.authority.directory)
    tokens = services.joining.tokens.all()
    assert {token.device for token in tokens} == {"cam-1", "cam-2"}
    for token in tokens:
        secret = secrets.secret(token.id, token.device)
        assert secret.encode() not in listed
        assert secret not in output
        found = city.devices[token.device].typed(
            f"grep -rlsF -e {secret} /etc /opt /var/lib /tmp/tmp.*"
        )
        assert found == ""


def test_what_hinders_is_told_for_each_and_holds_up_no_other(city: SshCity) -> None:
    city.add("cam-1")
    city.add("cam-2").door.knows("other")
    city.add("cam-3").programs.joinpath("uname").write_text("#!/bin/sh\necho riscv64\n")
    (city.devices["cam-3"].programs / "uname").chmod(0o755)
    done = city.provision("cam-1", "cam-2", "cam-3", "gone=no.such.host.example", "--dry-run")
    assert done.exit_code
    assert "cam-1 (cam-1): install and enrol" in done.stdout
    assert "cam-2 (cam-2): its host key is not the one that is known" in done.stdout
    assert "cam-3 (cam-3): its processor is riscv64; there are wheels for" in done.stdout
    assert "gone (no.such.host.example): there is no such host; check the name" in done.stdout
    assert "3 of 4 devices are not as the file says" in str(done.exception)
    unknown = city.provision("cam-9", "--dry-run")
    assert "the file has no agent cam-9; known: cam-1" in str(unknown.exception)
