"""The playbook of the examples brings bundles onto devices, by a real Ansible over a real ssh."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from lamplighter_client import group_endpoints, rollout_endpoints

from tests.simulators.bare_device import why_not
from tests.simulators.running_controller import eventually
from tests.simulators.ssh_city import ROOT, SshCity, reporting

PLAYBOOK = ROOT / "examples/ansible/lamplighter.yml"
HEALTH = "LAMPLIGHTER_AGENT_HEARTBEAT_FILE=/run/lamplighter-agent/heartbeat"
MISSING = "" if shutil.which("ansible-playbook") else "apt-get install ansible-core"
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING or why_not()), reason=MISSING or why_not() or "-"),
]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshCity]:
    made = SshCity(tmp_path, monkeypatch)
    with made.controller.running():
        yield made
        made.close()


def play(city: SshCity, *extra: str, hosts: Sequence[str] = ("cam-1",)) -> tuple[int, str]:
    """Exit status and output; every host is offered, whether or not there is a bundle for it."""
    target = city.controller.client.target
    environ = os.environ | {
        "ANSIBLE_SSH_ARGS": f"-F {city.folder}/ssh_config",
        "ANSIBLE_BECOME_METHOD": "su",  # sudo is not on every machine that tests
        "ANSIBLE_SSH_TRANSFER_METHOD": "piped",
        "ANSIBLE_LOCAL_TEMP": str(city.folder / "ansible"),
        "LAMPLIGHTER_URL": target.url,
        "LAMPLIGHTER_TOKEN": target.token,
        "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}",
    }
    command = ["ansible-playbook", "-i", ",".join(hosts) + ",", str(PLAYBOOK)]
    command += ["-e", "ansible_python_interpreter=/usr/bin/python3"]
    for words in extra:
        command += ["-e", words]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.timeout(600)
def test_bundles_are_installed_once_and_hosts_without_one_left_alone(city: SshCity) -> None:
    one, other = city.add("cam-1"), city.add("cam-2")
    assert city.bundle("cam-1").exit_code == 0
    bundles = f"bundles={city.folder}/bundles"
    code, said = play(city, bundles, hosts=("cam-1", "cam-2"))
    assert code == 0, said
    assert "cam-1                      : ok=4    changed=1" in said
    assert "cam-2                      : ok=0    changed=0" in said
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    assert "No such file" in other.typed("ls /etc/lamplighter")
    again, said = play(city, bundles)
    assert again == 0 and "changed=0" in said, said
    assert one.typed("ls -d /tmp/*.lamplighter").startswith("ls: cannot access")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_what_does_not_come_up_is_told_to_its_rollout(city: SshCity) -> None:
    device, client = city.add("cam-1"), city.controller.client
    assert city.provision("cam-1", "--yes").exit_code == 0
    eventually(lambda: city.controller.device("cam-1").online, "cam-1 online")
    client.send(group_endpoints.create_group("all", "id=cam-*"))
    city.wheels.make("0.1.1", reporting("0.1.1", city.folder))
    city.begin("newer", "0.1.1")
    assert city.bundle_due("newer", "--yes").exit_code == 0
    code, said = play(city, f"bundles={city.folder}/due", "rollout=newer")
    assert code == 0, said
    eventually(lambda: city.standing("newer")["cam-1"][0] == "watched", "its report")
    for verb in ("abort", "end"):
        client.send(rollout_endpoints.step_rollout("newer", verb))

    city.wheels.make("0.1.2", "echo this one is broken; exit 1")
    city.begin("broken", "0.1.2")
    assert city.bundle_due("broken", "--yes").exit_code == 0
    code, said = play(city, f"bundles={city.folder}/due", "rollout=broken")
    assert code == 2, said
    state, reason = city.standing("broken")["cam-1"]
    assert state == "failed"
    assert "what ran before runs again" in reason
    assert device.typed(f"{HEALTH} /opt/lamplighter/bin/lamplighter-agent health") == "online\n"
