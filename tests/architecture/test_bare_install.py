"""A device's install: a fresh virtual environment with the base dependencies and video only."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("torch", "fastapi", "sqlalchemy", "textual", "pydantic", "httpx", "onnx")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_agent_runs_where_nothing_of_the_server_is_installed(tmp_path: Path) -> None:
    home = tmp_path / "bare"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    wheel = _build_wheel(tmp_path)
    _run([python, "-m", "pip", "install", "--quiet", f"{wheel}[video]"])
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


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
