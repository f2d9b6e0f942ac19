"""A bundle is installed in a Debian without systemd, enrols there, serves, and is updated."""

import io
import tarfile
from pathlib import Path

import pytest
from docker.models.containers import Container
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.gateway.desired import Agent, Gateway

from tests.engine.site import Site

HEALTH = "LAMPLIGHTER_AGENT_HEARTBEAT_FILE=/tmp/beat"
AGENT = "/opt/lamplighter/bin/lamplighter-agent --config /etc/lamplighter/agent.toml"
RUN = f"runuser -u lamplighter -- env {HEALTH} {AGENT} run"


@pytest.fixture
def device(site: Site, machine_image: str) -> Container:
    """A Debian with Python, as its installer leaves it; its systemd does not run."""
    volumes = {str(site.clips): {"bind": str(site.clips), "mode": "ro"}}
    return site.engine.client.containers.run(
        machine_image, ["sleep", "600"], network_mode="host", volumes=volumes, detach=True
    )


def typed(device: Container, command: str) -> tuple[int, str]:
    done = device.exec_run(["sh", "-c", command])
    return done.exit_code, done.output.decode()


def bring(site: Site, device: Container, prepared: Path, token: str) -> None:
    """Copy a bundle there, where only root can look."""
    agents = {"cam-8": Agent(source=f"{site.clips}/street.mp4")}
    gateway = Gateway(url=site.controller.url, agents=agents)
    path = pack(gateway, "cam-8", "amd64", prepared / "image", site.folder, token)
    there = io.BytesIO()
    with tarfile.open(fileobj=there, mode="w") as archive:
        archive.add(path, "bundle.tar.gz")
    device.put_archive("/root", there.getvalue())
    code, output = typed(device, "mkdir -p /root/b && tar -xzf /root/bundle.tar.gz -C /root/b")
    assert code == 0, output


def test_a_bundle_becomes_a_device(site: Site, device: Container, prepared: Path) -> None:
    token = site.controller.new_token("cam-8")
    bring(site, device, prepared, token)
    code, output = typed(device, "cd / && /root/b/install.sh")
    assert code == 0, output
    assert "enrolled as cam-8" in output
    secret = token.split(".")[1]
    searched = "/root/b /etc /opt/lamplighter/bin /var/lib"
    assert typed(device, f"grep -rlF -e {secret} {searched}")[1] == ""
    assert (
        "600 lamplighter" in typed(device, "stat -c '%a %U' /var/lib/lamplighter-agent/*/*.key")[1]
    )
    device.exec_run(["sh", "-c", RUN], detach=True)
    health = f"for i in $(seq 60); do {HEALTH} /opt/lamplighter/bin/lamplighter-agent health |"
    assert typed(device, f"{health} grep online && exit 0; sleep 1; done; exit 1")[0] == 0
    assert site.controller.device("cam-8").online
    bring(site, device, prepared, "")
    code, output = typed(device, "/root/b/install.sh")
    assert code == 0, output
    assert "it is enrolled already" in output
