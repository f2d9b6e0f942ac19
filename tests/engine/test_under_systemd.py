"""Both packages under a real systemd: installed, started, limited, watched and stopped."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.gateway.desired import Agent, Gateway, Limits

from tests.engine.machines import LENT_PATH, ROOT
from tests.engine.own_engine import OwnEngine
from tests.engine.systemd_machine import CLIPS, SystemdMachine
from tests.simulators.blobs import blob_clip
from tests.simulators.running_controller import eventually

CONTROLLER, AGENT = "lamplighter-controller.service", "lamplighter-agent.service"
DATA = "--data /var/lib/lamplighter"
LIMITS = Limits(cpus=0.5, memory_mb=400, processes=64)


@pytest.fixture
def machine(own_engine: OwnEngine, machine_image: str, tmp_path: Path) -> Iterator[SystemdMachine]:
    blob_clip(tmp_path / "street.mp4", light=0.4, to_the_right=True)
    tmp_path.chmod(0o755)
    made = SystemdMachine(own_engine, machine_image, tmp_path)
    yield made
    made.close()


def install_controller(machine: SystemdMachine, prepared: Path, folder: Path) -> None:
    """Its Debian package, but for the packages of others, which this checkout lends."""
    wheels = folder / "controller/wheels"
    (wheels / "amd64").mkdir(parents=True)
    (wheels / "any").symlink_to(prepared / "image/wheels/any")
    (one,) = (prepared / "image/wheels/amd64").glob("msgspec-*.whl")  # as a sign of the others
    (wheels / "amd64" / one.name).symlink_to(one)
    build = [str(ROOT / "deploy/debian/build.sh"), "controller", str(wheels.parent), str(folder)]
    subprocess.run(build, check=True, capture_output=True)
    (package,) = folder.glob("lamplighter-controller_*.deb")
    machine.bring("controller.deb", package.read_bytes())
    drop_in = f"[Service]\nEnvironment=PYTHONPATH={LENT_PATH}\n"
    machine.typed(f"mkdir -p /etc/systemd/system/{CONTROLLER}.d")
    machine.bring("lent.conf", drop_in.encode(), f"/etc/systemd/system/{CONTROLLER}.d")
    machine.typed("dpkg --install /root/controller.deb")


def bring_bundle(
    machine: SystemdMachine, prepared: Path, folder: Path, agent: Agent, start_s: int = 120
) -> str:
    """What installing it writes."""
    token = ""
    if "identity.json" not in machine.asked("ls /var/lib/lamplighter-agent/identity"):
        made = f"PYTHONPATH={LENT_PATH} lamplighter token create cam-8 --json {DATA}"
        token = json.loads(machine.typed(f"runuser -u lamplighter -- env {made}"))["token"]
    gateway = Gateway(url="http://127.0.0.1:8080", limits=LIMITS, agents={"cam-8": agent})
    path = pack(gateway, "cam-8", "amd64", prepared / "image", folder, token)
    machine.bring("bundle.tar.gz", path.read_bytes())
    machine.typed("rm -rf /root/b && mkdir /root/b && tar -xzf /root/bundle.tar.gz -C /root/b")
    return machine.asked(f"START_S={start_s} /root/b/install.sh")


@pytest.mark.timeout(1800)
def test_controller_and_agent_are_kept_running_by_systemd(
    machine: SystemdMachine, prepared: Path, tmp_path: Path
) -> None:
    install_controller(machine, prepared, tmp_path)
    eventually(lambda: machine.fact(CONTROLLER, "ActiveState") == "active", "the controller")
    assert "https://" in machine.fact(CONTROLLER, "StatusText") or "http://" in machine.fact(
        CONTROLLER, "StatusText"
    )
    camera = f"{CLIPS}/street.mp4"
    said = bring_bundle(machine, prepared, tmp_path, Agent(source=camera))
    assert "it is up and online" in said, said
    _is_held(machine)
    _is_started_anew(machine, "KILL")
    # What stands still says nothing: the watchdog of systemd, here a shorter one, ends it.
    machine.typed(f"mkdir -p /etc/systemd/system/{AGENT}.d")
    drop_in = b"[Service]\nWatchdogSec=8\n"
    machine.bring("short.conf", drop_in, f"/etc/systemd/system/{AGENT}.d")
    machine.typed(f"systemctl daemon-reload && systemctl restart {AGENT}")
    _is_started_anew(machine, "STOP")
    assert "Watchdog timeout" in machine.typed(f"journalctl --no-pager --unit {AGENT}")
    machine.typed(f"rm /etc/systemd/system/{AGENT}.d/short.conf && systemctl daemon-reload")
    machine.typed(f"systemctl restart {AGENT}")

    broken = Agent(source=camera, settings={"fps": 7.0, "broker_port": 9})
    said = bring_bundle(machine, prepared, tmp_path, broken, start_s=20)
    assert "what ran before runs again" in said, said
    assert machine.fact(AGENT, "ActiveState") == "active"

    machine.typed(f"systemctl stop {AGENT} {CONTROLLER}")
    for unit in (AGENT, CONTROLLER):
        assert (machine.fact(unit, "ActiveState"), machine.fact(unit, "Result")) == (
            "inactive",
            "success",
        )
    assert "mosquitto" in machine.asked("cat /proc/[0-9]*/comm"), (
        "the broker outlives its controller"
    )
    machine.typed("dpkg --remove lamplighter-controller")
    machine.typed("test -e /var/lib/lamplighter/pki/ca.crt")


def _is_held(machine: SystemdMachine) -> None:
    """The limits of the gateway's file, and the rights of nobody."""
    assert machine.fact(AGENT, "MemoryMax") == str(LIMITS.memory_mb * 1_000_000)
    assert machine.fact(AGENT, "TasksMax") == str(LIMITS.processes)
    assert machine.fact(AGENT, "CPUQuotaPerSecUSec") == "500ms"
    group = machine.fact(AGENT, "ControlGroup")
    memory = machine.typed(f"cat /sys/fs/cgroup/memory{group}/memory.limit_in_bytes")
    assert abs(int(memory) - LIMITS.memory_mb * 1_000_000) < 4096
    status = machine.typed(f"cat /proc/{machine.fact(AGENT, 'MainPID')}/status").split("\n")
    rights = dict(line.split(":\t") for line in status if ":\t" in line)
    assert (rights["NoNewPrivs"], rights["CapEff"], rights["Seccomp"]) == ("1", "0" * 16, "2")
    assert rights["Uid"].split("\t")[0] != "0"


def _is_started_anew(machine: SystemdMachine, signal: str) -> None:
    """After a signal that it cannot answer."""
    before = machine.fact(AGENT, "MainPID")
    machine.typed(f"kill -{signal} {before}")
    eventually(
        lambda: (
            machine.fact(AGENT, "ActiveState") == "active"
            and machine.fact(AGENT, "MainPID") not in ("0", before)
        ),
        f"another one after {signal}",
    )
