"""A bundle for arm64: its wheels are those that Python of that processor takes, by their hashes."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.gateway.desired import Agent, Gateway

from tests.emulated.board import Board

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = Gateway(url="https://controller:8080", agents={"board": Agent(source="/dev/null")})
# Nothing of the emulator's own packages comes first.
STARTED = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
sys.argv = ["lamplighter-agent", "--help"]
runpy.run_module("lamplighter_agent", run_name="__main__")
"""
LOADED = """
import sys
sys.path.insert(0, sys.argv[1])
import av, cryptography, lamplighter_wire, msgspec, numpy, onnxruntime, zstandard
from lamplighter_agent.runtimes.installed import installed_runtimes
installed_runtimes().find("onnxruntime")
print(av.__file__, cryptography.__file__, msgspec.__file__, numpy.__file__, onnxruntime.__file__)
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make image ARCHS=arm64` and `provision bundle` make it, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [str(ROOT / "deploy/docker/context.sh"), sys.executable, str(folder / "image")]
    done = subprocess.run([*command, "arm64"], capture_output=True, text=True)
    if done.returncode and "No matching distribution" not in done.stderr:
        pytest.skip(f"no package index answers: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    path = pack(GATEWAY, "board", "arm64", folder / "image", folder, "")
    with tarfile.open(path) as archive:
        archive.extractall(folder / "there", filter="fully_trusted")  # noqa: S202 - just packed
    return folder / "there"


def test_its_own_pip_installs_it_offline_and_its_program_starts(
    board: Board, bundle: Path, tmp_path: Path
) -> None:
    pip = next(bundle.glob("wheels/pip-*.whl"))
    options = ["--isolated", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    options += ["--require-hashes", "--find-links", str(bundle / "wheels")]
    options += ["-r", str(bundle / "requirements.txt"), "--target", str(tmp_path / "site")]
    board.run(pip / "pip", *options, timeout_s=1500.0)
    assert (bundle / "machine").read_text() == "aarch64\n"
    assert "enrol" in board.run("-c", STARTED, tmp_path / "site")
    places = board.run("-c", LOADED, tmp_path / "site").split()
    assert [place for place in places if not place.startswith(f"{tmp_path}/")] == []
