"""A device's install: a fresh virtual environment with the base dependencies and video only."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("torch", "fastapi", "sqlalchemy", "textual", "pydantic", "httpx", "onnx")
# Small and in every lock: where even this cannot be fetched, there is no package index.
SMALL = "paho-mqtt"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_agent_runs_where_nothing_of_the_server_is_installed(tmp_path: Path) -> None:
    home = tmp_path / "bare"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    wheel = _build_wheel(tmp_path)
    locked = _locked_versions(tmp_path / "constraints.txt")
    _need_package_index(python, locked, tmp_path)
    pip = [python, "-m", "pip", "install", "--quiet", "-c", str(locked)]
    _run([*pip, f"{wheel}[video]"])
    listed = _run([python, "-m", "pip", "list", "--format=freeze"]).lower()
    installed = {line.split("==")[0] for line in listed.splitlines()}
    assert installed.isdisjoint(FORBIDDEN)
    agent = str(home / "bin" / "lamplighter-agent")
    assert "lamplighter" in _run([agent, "--version"]).lower()
    assert '"entries"' in _run([agent, "probe", "--json"])


def _build_wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    _run([*pip, "-w", str(folder), str(ROOT)])
    return next(folder.glob("lamplighter-*.whl"))


def _locked_versions(path: Path) -> Path:
    """The lock's versions as constraints: a release of today must not decide this test.

    Without the hashes, which pip would then want of our own wheel as well.
    """
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[\w.-]+==[\w.]+", lock, re.MULTILINE)
    assert any(pin.startswith(f"{SMALL}==") for pin in pins)
    path.write_text("\n".join(pins) + "\n")
    return path


def _need_package_index(python: str, locked: Path, folder: Path) -> None:
    """Without one pip speaks of conflicting requirements, which sends the reader astray."""
    pip = [python, "-m", "pip", "download", "--quiet", "--no-deps", "-c", str(locked)]
    done = subprocess.run(
        [*pip, "-d", str(folder), SMALL], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"this test needs a package index, and none answers: {done.stderr[-1000:]}")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
