"""Bundles over a real ssh to devices: installed, enrolled, updated, and taken back."""

import base64
import ensurepip
import hashlib
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lamplighter_cli.app import app
from lamplighter_client import group_endpoints, rollout_endpoints
from lamplighter_client.documents.rollouts import RolloutBody
from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_wire.signing import SigningKey
from typer.testing import CliRunner, Result

from tests.simulators.bare_device import BareDevice, why_not
from tests.simulators.blobs import blob_clip
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.ssh_door import put_ssh

ROOT = Path(__file__).resolve().parents[2]
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64")
HEALTH = "LAMPLIGHTER_AGENT_HEARTBEAT_FILE=/run/lamplighter-agent/heartbeat"
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]


class Wheels:
    """As `make image` lays them; ours holds nothing but a way to the checkout's agent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "wheels/any").mkdir(parents=True)
        (folder / "wheels" / ARCH).mkdir()
        bundled = Path(ensurepip.__file__).parent / "_bundled"
        shutil.copy(next(bundled.glob("pip-*.whl")), folder / "wheels/any")
        self.make("0.1.0", f'exec {ROOT}/.venv/bin/lamplighter-agent "$@"')

    def make(self, version: str, deed: str) -> None:
        """The agent's wheel, in the place of the one before."""
        for old in self.folder.glob("wheels/any/lamplighter-*"):
            old.unlink()
        facts = f"lamplighter-{version}.dist-info"
        program = f"lamplighter-{version}.data/scripts/lamplighter-agent"
        files = {
            program: f"#!/bin/sh\n{deed}\n",
            f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: lamplighter\nVersion: {version}\n",
            f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        path = self.folder / f"wheels/any/lamplighter-{version}-py3-none-any.whl"
        listed = [f"{name},sha256={_hash(text)},{len(text)}" for name, text in files.items()]
        files[f"{facts}/RECORD"] = "\n".join([*listed, f"{facts}/RECORD,,"])
        with zipfile.ZipFile(path, "w") as wheel:
            for name, text in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (0o100755 if name == program else 0o100644) << 16
                wheel.writestr(entry, text)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


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


class City:
    """A controller, devices behind ssh, and an operator's commands."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.wheels = Wheels(folder / "image")
        self.controller = RunningController(folder / "var", SigningKey.generate())
        self.devices: dict[str, BareDevice] = {}
        self.fps = 5.0
        blob_clip(folder / "street.mp4", light=0.4, to_the_right=True)
        put_ssh(folder / "tools", folder / "ssh_config")
        monkeypatch.setenv("PATH", f"{folder}/tools:{os.environ['PATH']}")

    def add(self, name: str) -> BareDevice:
        device = self.devices[name] = BareDevice(self.folder / name, name)
        text = "".join(one.door.client for one in self.devices.values())
        (self.folder / "ssh_config").write_text(text)
        return device

    def provision(self, *words: str) -> Result:
        token = self._write()
        file = str(self.folder / "gateway.toml")
        command = ["provision", "ssh", file, "--wheels", str(self.wheels.folder), *token]
        return CliRunner().invoke(app, [*command, *words])

    def provision_due(self, rollout: str, *words: str) -> Result:
        token = self._write()
        file = str(self.folder / "gateway.toml")
        command = ["provision", "due", rollout, file, "--wheels", str(self.wheels.folder), *token]
        return CliRunner().invoke(app, [*command, *words])

    def bundle_due(self, rollout: str, *words: str) -> Result:
        token = self._write()
        command = ["provision", "bundle", str(self.folder / "gateway.toml"), "--due", rollout]
        places = ["--wheels", str(self.wheels.folder), "--out", str(self.folder / "due")]
        return CliRunner().invoke(app, [*command, *places, *token, *words])

    def rollout(self, *words: str) -> Result:
        """A command on rollouts."""
        target = self.controller.client.target
        token = ["--url", target.url, "--token", target.token]
        return CliRunner().invoke(app, ["rollout", *words, *token])

    def _write(self) -> list[str]:
        """The gateway's file; options that name the controller."""
        file = self.folder / "gateway.toml"
        lines = [f'url = "{self.controller.url}"\n']
        for name in [*self.devices, "gone"]:
            source = f'source = "{self.folder}/street.mp4"'
            lines.append(f"[agents.{name}]\n{source}\nsettings = {{fps = {self.fps}}}\n")
        file.write_text("".join(lines))
        target = self.controller.client.target
        return ["--url", target.url, "--token", target.token]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    made = City(tmp_path, monkeypatch)
    with made.controller.running():
        yield made
        for device in made.devices.values():
            device.close()


@pytest.mark.timeout(600)
def test_devices_are_installed_updated_and_taken_back(city: City) -> None:
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


def _begin(city: City, name: str, version: str) -> None:
    """A rollout of an agent's version, to all devices at once."""
    client = city.controller.client
    body = RolloutBody(name=name, group="all", agent_version=version, waves="fixed", first=9)
    client.send(rollout_endpoints.create_rollout(body))
    for verb in ("approve", "start"):
        client.send(rollout_endpoints.step_rollout(name, verb))


def _standing(city: City, name: str) -> dict[str, tuple[str, str]]:
    """Device -> state and reason."""
    listed = city.controller.client.send(rollout_endpoints.rollout_devices(name))
    return {one.device: (one.state, one.reason) for one in listed}


@pytest.mark.timeout(600)
def test_what_a_rollout_has_due_is_installed_and_what_does_not_come_up_stops_it(
    city: City,
) -> None:
    device, client = city.add("cam-1"), city.controller.client
    assert city.provision("cam-1", "--yes").exit_code == 0
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    client.send(group_endpoints.create_group("all", "id=cam-*"))

    _begin(city, "newer", "0.1.1")
    early = city.provision_due("newer", "--yes")
    assert "holds lamplighter 0.1.0, and 0.1.1 is wanted" in early.stdout
    assert _standing(city, "newer")["cam-1"][0] == "ordered", "it was not touched"
    city.wheels.make("0.1.1", _reports("0.1.1", city.folder))
    done = city.provision_due("newer", "--yes")
    assert done.exit_code == 0, done.output
    assert re.search(r"cam-1 +0\.1\.1 +updated", done.stdout)
    eventually(lambda: _standing(city, "newer")["cam-1"][0] == "watched", "its report")
    assert "nothing was to be done" in city.provision_due("newer", "--yes").stderr
    client.send(rollout_endpoints.step_rollout("newer", "abort"))
    client.send(rollout_endpoints.step_rollout("newer", "end"))

    _begin(city, "broken", "0.1.2")
    city.wheels.make("0.1.2", "echo this one is broken; exit 1")
    failed = city.provision_due("broken", "--yes")
    assert "1 devices failed" in str(failed.exception)
    state, reason = _standing(city, "broken")["cam-1"]
    assert state == "failed"
    assert "0.1.2 could not be installed" in reason
    assert "what ran before runs again" in reason
    assert client.send(rollout_endpoints.rollout("broken")).state == "paused"
    assert device.typed(f"{HEALTH} /opt/lamplighter/bin/lamplighter-agent health") == "online\n"


@pytest.mark.timeout(600)
def test_what_a_rollout_has_due_is_bundled_for_who_is_reached_from_elsewhere(city: City) -> None:
    device, client = city.add("cam-1"), city.controller.client
    assert city.provision("cam-1", "--yes").exit_code == 0
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    client.send(group_endpoints.create_group("all", "id=cam-*"))
    city.wheels.make("0.1.1", _reports("0.1.1", city.folder))
    _begin(city, "newer", "0.1.1")
    planned = city.bundle_due("newer", "--dry-run")
    assert planned.stdout == f"  cam-1: 0.1.1: write its bundle ({ARCH})\n"
    assert not (city.folder / "due").exists()
    done = city.bundle_due("newer", "--yes")
    assert done.exit_code == 0, done.output
    assert "nothing to do" in city.bundle_due("newer").stderr
    folder = city.folder / "there"
    unpack = f"mkdir {folder} && tar -xzf {city.folder}/due/cam-1.tar.gz -C {folder}"
    assert "it is up and online" in device.typed(f"{unpack} && {folder}/install.sh")
    eventually(lambda: _standing(city, "newer")["cam-1"][0] == "watched", "its report")
    gone = city.bundle_due("newer", "--yes")
    assert "cam-1: remove its bundle, which is not due" in gone.stdout
    assert not list((city.folder / "due").iterdir())
    client.send(rollout_endpoints.step_rollout("newer", "abort"))
    client.send(rollout_endpoints.step_rollout("newer", "end"))

    _begin(city, "broken", "0.1.2")
    failed = city.rollout("fail", "broken", "cam-1", "--reason", "no Python there")
    assert failed.exit_code == 0, failed.output
    assert _standing(city, "broken")["cam-1"] == ("failed", "no Python there")


def _reports(version: str, folder: Path) -> str:
    """A program that is the checkout's agent, with the metadata of another version."""
    facts = folder / version / f"lamplighter-{version}.dist-info"
    facts.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: lamplighter\nVersion: {version}\n"
    (facts / "METADATA").write_text(text)
    return f'PYTHONPATH={facts.parent} exec {ROOT}/.venv/bin/lamplighter-agent "$@"'


def _no_token_was_seen(city: City, listed: bytes, output: str) -> None:
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


def test_what_hinders_is_told_for_each_and_holds_up_no_other(city: City) -> None:
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
