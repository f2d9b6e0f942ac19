"""A controller, bare devices behind ssh, and an operator who brings agents onto them."""

import base64
import ensurepip
import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from lamplighter_cli.app import app
from lamplighter_client import rollout_endpoints
from lamplighter_client.documents.rollouts import RolloutBody
from lamplighter_wire.signing import SigningKey
from typer.testing import CliRunner, Result

from tests.simulators.bare_device import BareDevice
from tests.simulators.blobs import blob_clip
from tests.simulators.running_controller import RunningController
from tests.simulators.ssh_door import put_ssh

ROOT = Path(__file__).resolve().parents[2]
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64")


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


class SshCity:
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

    def bundle(self, *words: str) -> Result:
        token = self._write()
        command = ["provision", "bundle", str(self.folder / "gateway.toml"), "--arch", ARCH]
        places = ["--wheels", str(self.wheels.folder), "--out", str(self.folder / "bundles")]
        return CliRunner().invoke(app, [*command, *places, *token, *words])

    def begin(self, name: str, version: str) -> None:
        """A rollout of an agent's version, to all devices at once."""
        client = self.controller.client
        body = RolloutBody(name=name, group="all", agent_version=version, waves="fixed", first=9)
        client.send(rollout_endpoints.create_rollout(body))
        for verb in ("approve", "start"):
            client.send(rollout_endpoints.step_rollout(name, verb))

    def standing(self, name: str) -> dict[str, tuple[str, str]]:
        """Device -> state and reason."""
        listed = self.controller.client.send(rollout_endpoints.rollout_devices(name))
        return {one.device: (one.state, one.reason) for one in listed}

    def rollout(self, *words: str) -> Result:
        """A command on rollouts."""
        target = self.controller.client.target
        token = ["--url", target.url, "--token", target.token]
        return CliRunner().invoke(app, ["rollout", *words, *token])

    def close(self) -> None:
        """End its devices."""
        for device in self.devices.values():
            device.close()

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


def reporting(version: str, folder: Path) -> str:
    """A program that is the checkout's agent, with the metadata of another version."""
    facts = folder / version / f"lamplighter-{version}.dist-info"
    facts.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: lamplighter\nVersion: {version}\n"
    (facts / "METADATA").write_text(text)
    return f'PYTHONPATH={facts.parent} exec {ROOT}/.venv/bin/lamplighter-agent "$@"'
