"""A controller installed from wheels, outside any checkout, comes up with what ships."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UP_S = 60.0
# What a device installs stays small, the program alone: the materials travel by themselves.
DEVICE_WHEEL_BYTES = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both distributions by name, as `make wheels` builds them."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(folder), str(ROOT), str(ROOT / "deploy/demo")], check=True)
    return {wheel.name.split("-")[0]: wheel for wheel in folder.glob("*.whl")}


def test_a_device_does_not_carry_the_materials(wheels: dict[str, Path]) -> None:
    assert wheels["lamplighter"].stat().st_size < DEVICE_WHEEL_BYTES


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_installed_controller_serves(wheels: dict[str, Path], tmp_path: Path) -> None:
    home = tmp_path / "venv"
    _install(home, wheels)
    data = tmp_path / "data"
    log = tmp_path / "serve.log"
    command = [str(home / "bin" / "lamplighter"), "serve", "--data", str(data)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--port", "0", "--broker-port", "0", "--stop-broker"],
            cwd=tmp_path,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": ""},
        )
    try:
        facts = _wait_until_up(data / "controller.json", process, log)
        listed = _run([str(home / "bin" / "lamplighter"), "recipe", "list", "--json"], tmp_path)
        assert facts["url"]
        assert {recipe["name"] for recipe in json.loads(listed)} >= {"fp32-full", "int8-full"}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()[-2000:]


def _install(home: Path, wheels: dict[str, Path]) -> None:
    """Our wheels in an environment that sees the packages of others, but no checkout."""
    venv.create(home, with_pip=False)
    python = str(home / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *map(str, wheels.values())], check=True)
    own = next((home / "lib").glob("python*/site-packages"))
    others = [place for place in sys.path if place.endswith("site-packages")]
    (own / "others.pth").write_text("\n".join(others) + "\n")
    where = _run([python, "-c", "import lamplighter_controller as c; print(c.__file__)"], home)
    assert where.startswith(str(own))


def _wait_until_up(facts: Path, process: "subprocess.Popen[bytes]", log: Path) -> dict[str, str]:
    deadline = time.monotonic() + UP_S
    while time.monotonic() < deadline and process.poll() is None:
        if facts.exists():
            return dict(json.loads(facts.read_text()))
        time.sleep(0.1)
    raise AssertionError(f"the controller did not come up: {log.read_text()[-2000:]}")


def _run(command: list[str], folder: Path) -> str:
    assert shutil.which(command[0]), command[0]
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
