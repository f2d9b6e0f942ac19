"""The Debian packages: built, installed, updated and removed by dpkg, below another root."""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from lamplighter_agent.settings import READER
from lamplighter_controller.settings import READER as CONTROLLER_READER

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "deploy/debian/build.sh"
SCRIPTS = sorted([*BUILD.parent.glob("*.sh"), *BUILD.parent.glob("scripts/*")])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_scripts_are_in_order(script: Path) -> None:
    shell = "bash" if script.suffix else "sh"
    assert subprocess.run([shell, "-n", str(script)]).returncode == 0


def test_the_settings_that_come_along_are_settings() -> None:
    text = (BUILD.parent / "agent/agent.toml").read_text().replace("# source", "source")
    assert READER.parse(tomllib.loads(text)).source
    file = BUILD.parent / "controller/controller.toml"
    lines = [line.removeprefix("# ") for line in file.read_text().splitlines() if " = " in line]
    assert CONTROLLER_READER.parse(tomllib.loads("\n".join(lines))).public_names


def test_the_controllers_package_has_what_is_tested() -> None:
    """Each version that it brings is that of the release's lock."""
    tested = set(_pins(ROOT / "requirements.lock"))
    brought = set(_pins(BUILD.with_name("controller.lock")))
    assert len(brought) > 50
    assert brought <= tested


def _pins(lock: Path) -> list[str]:
    return [line.split()[0] for line in lock.read_text().splitlines() if "==" in line]


needs_dpkg = pytest.mark.skipif(
    not shutil.which("dpkg-deb") or sys.version_info[:2] != (3, 11),
    reason="this takes dpkg, and Python 3.11 that the packages are for",
)


class Dpkg:
    """A root of our own, and what Python's packages of this machine lend to a program there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        (self.root / "var/lib/dpkg/info").mkdir(parents=True)
        (self.root / "var/lib/dpkg/updates").mkdir()
        (self.root / "var/lib/dpkg/status").touch()

    def run(self, *words: str) -> str:
        """By its own database; scripts run outside, and are told where the root is."""
        command = ["dpkg", "--force-script-chrootless", "--force-not-root", "--force-depends"]
        command += ["--force-confold", f"--root={self.root}", f"--log={self.root}/dpkg.log", *words]
        environ = os.environ | {"PYTHON": sys.executable}
        done = subprocess.run(command, capture_output=True, text=True, env=environ)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def typed(self, program: str, *words: str) -> str:
        """What an installed program writes."""
        others = os.pathsep.join(place for place in sys.path if place.endswith("site-packages"))
        command, environ = [str(self.root / program), *words], {"PYTHONPATH": others}
        done = subprocess.run(command, capture_output=True, text=True, env=environ)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def dpkg(tmp_path: Path) -> Dpkg:
    return Dpkg(tmp_path)


@needs_dpkg
def test_dpkg_installs_and_removes_the_controller_and_keeps_the_keys_of_the_fleet(
    tmp_path: Path, dpkg: Dpkg
) -> None:
    package = _built(tmp_path, "controller")
    said = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True).stdout
    assert "Depends: python3 (>= 3.11), python3 (<< 3.12), python3-venv, passwd, mosquitto" in said
    dpkg.run("--install", str(package))
    program = "opt/lamplighter-controller/bin/lamplighter"
    assert dpkg.typed(program, "--version").startswith("lamplighter 0.")
    unit = dpkg.root / "lib/systemd/system/lamplighter-controller.service"
    assert f"ExecStart=/{program} serve" in unit.read_text()
    assert (dpkg.root / "usr/bin/lamplighter").readlink() == Path("/", program)
    data, settings = (
        dpkg.root / "var/lib/lamplighter",
        dpkg.root / "etc/lamplighter/controller.toml",
    )
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    settings.write_text('public_names = ["city.example"]\n')
    (data / "ca.key").touch()
    dpkg.run("--install", str(package))  # an update
    assert settings.read_text() == 'public_names = ["city.example"]\n'
    dpkg.run("--remove", "lamplighter-controller")
    assert not (dpkg.root / program).exists()
    assert "/var/lib/lamplighter stays" in dpkg.run("--purge", "lamplighter-controller")
    assert (data / "ca.key").exists()
    assert not settings.exists()


@needs_dpkg
def test_dpkg_installs_and_removes_the_agent(tmp_path: Path, dpkg: Dpkg) -> None:
    package, root = _built(tmp_path, "agent"), dpkg.root
    dpkg.run("--install", str(package))
    program = root / "opt/lamplighter/bin/lamplighter-agent"
    assert dpkg.typed(str(program), "--version").startswith("lamplighter-agent 0.")
    assert list((root / "opt/lamplighter/lib").rglob("lamplighter_wire/__init__.py"))
    assert (root / "lib/systemd/system/lamplighter-agent.service").exists()
    state = root / "var/lib/lamplighter-agent"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    settings = root / "etc/lamplighter/agent.toml"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640
    settings.write_text('source = "/dev/video0"\n')
    (state / "kept").write_text("")
    dpkg.run("--install", str(package))  # an update
    assert settings.read_text() == 'source = "/dev/video0"\n'
    dpkg.run("--remove", "lamplighter-agent")
    assert not program.exists()
    assert (state / "kept").exists(), "a device that is installed again is enrolled still"
    dpkg.run("--purge", "lamplighter-agent")
    assert not state.exists()


@pytest.mark.parametrize(
    ("what", "hint"),
    [("agent", 'make image ARCHS="amd64"'), ("controller", 'make controller-wheels ARCHS="amd64"')],
)
def test_without_wheels_it_says_how_to_get_them(tmp_path: Path, what: str, hint: str) -> None:
    (tmp_path / "image/wheels").mkdir(parents=True)
    command = ["bash", str(BUILD), what, str(tmp_path / "image"), str(tmp_path), "amd64"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert hint in done.stderr


def _built(tmp_path: Path, what: str) -> Path:
    """Of our own wheel, and pip's own as Python brings it; both need no index."""
    image = tmp_path / "image"
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(image / "wheels/any"), str(ROOT)], check=True)
    import ensurepip

    bundled = Path(ensurepip.__file__).parent / "_bundled"
    arch = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True).stdout
    (image / "wheels" / arch.strip()).mkdir()
    shutil.copy(next(bundled.glob("pip-*.whl")), image / "wheels" / arch.strip())
    command = ["bash", str(BUILD), what, str(image), str(tmp_path / "out"), arch.strip()]
    subprocess.run(command, check=True, capture_output=True)
    return next((tmp_path / "out").glob(f"lamplighter-{what}_*.deb"))
