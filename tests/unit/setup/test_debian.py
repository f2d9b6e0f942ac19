"""The agent's Debian package: built, installed, updated and removed by dpkg, below another root."""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from lamplighter_agent.settings import READER

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "deploy/debian/build.sh"
SCRIPTS = ("build.sh", "postinst", "prerm", "postrm")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_are_in_order(name: str) -> None:
    shell = "bash" if name == "build.sh" else "sh"
    assert subprocess.run([shell, "-n", str(BUILD.with_name(name))]).returncode == 0


def test_the_settings_that_come_along_are_settings() -> None:
    text = BUILD.with_name("agent.toml").read_text().replace("# source", "source")
    assert READER.parse(tomllib.loads(text)).source


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg is not installed")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the package is for Python 3.11")
def test_dpkg_installs_and_removes_it(tmp_path: Path) -> None:
    package = _built(tmp_path)
    root = tmp_path / "root"
    _dpkg(root, "--install", str(package))
    program = root / "opt/lamplighter/bin/lamplighter-agent"
    others = os.pathsep.join(place for place in sys.path if place.endswith("site-packages"))
    said = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, env={"PYTHONPATH": others}
    )
    assert said.stdout.startswith("lamplighter-agent 0."), said.stderr
    assert list((root / "opt/lamplighter/lib").rglob("lamplighter_wire/__init__.py"))
    assert (root / "lib/systemd/system/lamplighter-agent.service").exists()
    state = root / "var/lib/lamplighter-agent"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    settings = root / "etc/lamplighter/agent.toml"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640
    settings.write_text('source = "/dev/video0"\n')
    (state / "kept").write_text("")
    _dpkg(root, "--install", str(package))  # an update
    assert settings.read_text() == 'source = "/dev/video0"\n'
    _dpkg(root, "--remove", "lamplighter-agent")
    assert not program.exists()
    assert (state / "kept").exists(), "a device that is installed again is enrolled still"
    _dpkg(root, "--purge", "lamplighter-agent")
    assert not state.exists()


def test_without_wheels_it_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "image/wheels").mkdir(parents=True)
    command = ["bash", str(BUILD), str(tmp_path / "image"), str(tmp_path), "amd64"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert 'make image ARCHS="amd64"' in done.stderr


def _built(tmp_path: Path) -> Path:
    """Of our own wheel, and pip's own as Python brings it; both need no index."""
    image = tmp_path / "image"
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(image / "wheels/any"), str(ROOT)], check=True)
    import ensurepip

    bundled = Path(ensurepip.__file__).parent / "_bundled"
    arch = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True).stdout
    (image / "wheels" / arch.strip()).mkdir()
    shutil.copy(next(bundled.glob("pip-*.whl")), image / "wheels" / arch.strip())
    command = ["bash", str(BUILD), str(image), str(tmp_path / "out"), arch.strip()]
    subprocess.run(command, check=True, capture_output=True)
    return next((tmp_path / "out").glob("lamplighter-agent_*.deb"))


def _dpkg(root: Path, *words: str) -> None:
    """By its own database; scripts run outside, and are told where the root is."""
    (root / "var/lib/dpkg/info").mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/updates").mkdir(exist_ok=True)
    (root / "var/lib/dpkg/status").touch()
    command = ["dpkg", "--force-script-chrootless", "--force-not-root", "--force-depends"]
    command += ["--force-confold", f"--root={root}", f"--log={root}/dpkg.log", *words]
    environ = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
