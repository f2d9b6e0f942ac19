"""Bundles for devices without Docker: what lies in them, and that their script installs it."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import msgspec
import pytest
import yaml
from lamplighter_agent.settings import READER
from lamplighter_cli.app import app
from lamplighter_controller.pki.authority import Authority
from lamplighter_provision.bundle.contents import digest_of, texts, unit, wheels_for
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway, Limits, read_gateway
from typer.testing import CliRunner

CHECKOUT = Path(__file__).resolve().parents[3]
MACHINE = os.uname().machine
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(MACHINE, "amd64")
GATEWAY = Gateway(
    url="http://controller:8080",
    limits=Limits(cpus=0.5, memory_mb=300, processes=64),
    agents={"cam-1": Agent(source="/dev/video0", settings={"fps": 12.5})},
)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """As `make image` lays them, but for what is in them."""
    for place in ("any/lamplighter-0.1.0-py3-none-any.whl", f"{ARCH}/paho_mqtt-2-py3-none-any.whl"):
        path = tmp_path / "image/wheels" / place
        path.parent.mkdir(parents=True)
        path.write_bytes(place.encode())
    return tmp_path / "image"


def unpacked(wheels: Path, tmp_path: Path, token: str = "") -> Path:
    path = pack(GATEWAY, "cam-1", ARCH, wheels, tmp_path / "out", token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "there", filter="fully_trusted")  # noqa: S202 - just packed
    return tmp_path / "there"


def test_the_agent_reads_its_settings_and_pip_its_pins(wheels: Path, tmp_path: Path) -> None:
    there = unpacked(wheels, tmp_path)
    settings = READER.parse(tomllib.loads((there / "agent.toml").read_text()))
    assert (settings.device, settings.source, settings.fps) == ("cam-1", "/dev/video0", 12.5)
    digest = hashlib.sha256((there / "wheels/paho_mqtt-2-py3-none-any.whl").read_bytes())
    line = f"paho-mqtt==2 --hash=sha256:{digest.hexdigest()}"
    assert line in (there / "requirements.txt").read_text().splitlines()


def test_an_authority_that_is_named_comes_along(wheels: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    (tmp_path / "gateway.toml").write_text(
        'url = "https://controller:8080"\nca = "pki/ca.crt"\n[agents.cam-1]\n'
    )
    gateway = read_gateway(tmp_path / "gateway.toml")
    assert texts(gateway, "cam-1", ARCH, [])["ca.pem"] == authority.ca_pem
    authority.ca_path.unlink()
    with pytest.raises(ProvisionError, match=r"ca: .*does not exist"):
        texts(gateway, "cam-1", ARCH, [])
    assert "ca.pem" not in texts(GATEWAY, "cam-1", ARCH, [])


def test_a_token_is_for_its_owner_only(wheels: Path, tmp_path: Path) -> None:
    there = unpacked(wheels, tmp_path, token="a.b.c")
    assert stat.S_IMODE((there / "token").stat().st_mode) == 0o600
    with_it = {
        path for path in there.rglob("*") if path.is_file() and b"a.b.c" in path.read_bytes()
    }
    assert with_it == {there / "token"}


def test_the_unit_has_the_limits_and_one_device_file() -> None:
    lines = unit(GATEWAY, "cam-1").splitlines()
    assert {"CPUQuota=50%", "MemoryMax=300000000", "TasksMax=64"} <= set(lines)
    assert [line for line in lines if line.startswith("DeviceAllow")] == [
        "DeviceAllow=/dev/video0 rw"
    ]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "lamplighter-agent.service"
    text = unit(GATEWAY, "cam-1").replace("/opt/lamplighter/bin/lamplighter-agent", "/bin/true")
    path.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if path.name in line]
    assert (done.returncode, ours) == (0, [])


def test_a_first_boot_runs_what_a_shell_understands() -> None:
    text = texts(GATEWAY, "cam-1", ARCH, [])["cloud-init.yaml"]
    assert text.startswith("#cloud-config\n")
    ((shell, option, script),) = yaml.safe_load(text)["runcmd"]
    assert (shell, option) == ("sh", "-c")
    assert "/cam-1.tar.gz" in script
    assert subprocess.run(["sh", "-n", "-c", script]).returncode == 0


def test_the_playbook_is_one_that_ansible_reads() -> None:
    path = CHECKOUT / "examples/ansible/lamplighter.yml"
    ((play, *more),) = (yaml.safe_load(path.read_text()),)
    block = play["tasks"][0]
    tasks = [*block["block"], *block["rescue"], *block["always"]]
    assert (play["become"], more) == (True, [])
    used = {key for task in tasks for key in task if key.startswith("ansible.builtin.")}
    names = ("tempfile", "unarchive", "command", "file", "fail")
    assert used == {f"ansible.builtin.{name}" for name in names}
    assert all(task["name"][0].isupper() for task in tasks)
    unpacks = next(task for task in tasks if "ansible.builtin.unarchive" in task)
    assert unpacks["no_log"], "what holds a token is not shown"
    if ansible := shutil.which("ansible-playbook"):
        command = [ansible, "-i", "cam-1,", str(path), "-e", "bundles=/tmp", "--syntax-check"]
        assert subprocess.run(command, capture_output=True).returncode == 0


def test_a_bundle_is_told_from_another_by_all_but_its_token(wheels: Path, tmp_path: Path) -> None:
    digests = {
        (unpacked(wheels, tmp_path, token) / "digest").read_text() for token in ("", "a.b.c")
    }
    faster = {"cam-1": Agent(source="/dev/video0", settings={"fps": 25.0})}
    changed = msgspec.structs.replace(GATEWAY, agents=faster)
    files = texts(changed, "cam-1", ARCH, wheels_for(wheels, ARCH))
    assert len(digests) == 1
    assert digest_of(files) not in {digest.strip() for digest in digests}


def test_what_cannot_be_packed_is_named(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match="no agent 'cam-9'; known: cam-1"):
        pack(GATEWAY, "cam-9", ARCH, wheels, tmp_path, "")
    with pytest.raises(ProvisionError, match="known: amd64, arm64"):
        pack(GATEWAY, "cam-1", "riscv64", wheels, tmp_path, "")
    shutil.rmtree(wheels / "wheels" / ARCH)
    with pytest.raises(ProvisionError, match=f'make image ARCHS="{ARCH}"'):
        pack(GATEWAY, "cam-1", ARCH, wheels, tmp_path, "")
    assert not list(tmp_path.glob("*.gz*"))


def test_the_command_writes_one_for_each_or_none(wheels: Path, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('url = "http://controller:8080"\n[agents.cam-1]\n[agents.cam-2]\n')
    options = ["--wheels", str(wheels), "--arch", ARCH, "--out", str(tmp_path / "out")]
    command = ["provision", "bundle", str(file), *options, "--no-enrol"]
    assert CliRunner().invoke(app, [*command, "cam-1", "cam-9"]).exit_code
    assert not (tmp_path / "out").exists()
    done = CliRunner().invoke(app, [*command, "cam-1", "cam-2"])
    assert done.exit_code == 0, done.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"cam-1.tar.gz", "cam-2.tar.gz"}


def test_docker_wants_an_image_that_a_bundle_does_not(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('url = "http://controller:8080"\n[agents.cam-1]\n')
    done = CliRunner().invoke(app, ["provision", "docker", "apply", str(file)])
    assert "image: name one" in str(done.exception)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the wheels are for Python 3.11")
@pytest.mark.slow
def test_the_script_installs_below_another_root_and_refuses_what_does_not_fit(
    tmp_path: Path,
) -> None:
    there = unpacked(_real_wheels(tmp_path), tmp_path)
    run = {"PYTHON": sys.executable, "ROOT": str(tmp_path / "root"), "PATH": os.environ["PATH"]}

    def install() -> subprocess.CompletedProcess[str]:
        command = ["sh", str(there / "install.sh")]
        return subprocess.run(command, env=run, capture_output=True, text=True)

    for _ in range(2):  # a second run changes nothing
        done = install()
        assert done.returncode == 0, done.stderr
    root = tmp_path / "root"
    assert (root / "etc/systemd/system/lamplighter-agent.service").exists()
    assert stat.S_IMODE((root / "etc/lamplighter/agent.toml").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "var/lib/lamplighter-agent").stat().st_mode) == 0o700
    agent = (root / "opt/lamplighter/bin/lamplighter-agent").read_text()
    assert "/opt/lamplighter-releases/" in agent
    assert str(root) not in agent, "as it will be on its device"
    assert list((root / "opt/lamplighter/lib").rglob("lamplighter_wire/__init__.py"))
    (there / "wheels/lamplighter-0.1.0-py3-none-any.whl").write_bytes(b"not what was pinned")
    shutil.rmtree(root)
    assert install().returncode
    (there / "machine").write_text("riscv64\n")
    assert "make the bundle with --arch" in install().stderr


def _real_wheels(tmp_path: Path) -> Path:
    """Ours, and pip's own as Python brings it; both need no index."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    folder = tmp_path / "image/wheels"
    subprocess.run([*pip, "-w", str(folder / "any"), str(CHECKOUT)], check=True)
    import ensurepip

    bundled = Path(ensurepip.__file__).parent / "_bundled"
    (folder / ARCH).mkdir()
    shutil.copy(next(bundled.glob("pip-*.whl")), folder / ARCH)
    return tmp_path / "image"
