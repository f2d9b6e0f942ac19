"""The virtual environment is made with a Python that the lock serves, or the remedy is named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "deploy" / "setup" / "venv.sh"
# Set-up gets as far as the first package, and no further.
NO_PACKAGES = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


def _make(venv: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, str(SCRIPT), str(venv)],
        env={**os.environ, **NO_PACKAGES, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_does_not_fit_is_named(tmp_path: Path) -> None:
    done = _make(tmp_path / "venv", PYTHON="/bin/false")
    assert done.returncode == 1
    assert "PYTHON=/bin/false is no Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_machine_without_a_fitting_python_is_told_how_to_get_one(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "sed", "grep"):
        tool = shutil.which(name)
        assert tool is not None
        (tools / name).symlink_to(tool)
    done = _make(tmp_path / "venv", PYTHON="", PATH=str(tools))
    assert done.returncode == 1
    assert "apt-get install python3" in done.stderr


def test_an_environment_that_is_not_whole_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    done = _make(venv, PYTHON=sys.executable)
    assert "is not whole: making it anew" in done.stdout
    assert f"Python {sys.version.split()[0]}" in done.stdout
    assert done.returncode != 0
