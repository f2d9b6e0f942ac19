"""An operator's machine: our wheel, with what `lamplighter[desk]` names and nothing else."""

import os
import re
import subprocess
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.integration.test_controller_serve import Server

ROOT = Path(__file__).resolve().parents[2]
NOT_NEEDED = ("torch", "fastapi", "sqlalchemy", "alembic", "onnx")
pytestmark = pytest.mark.broker


def requirements(of: Distribution, extra: str = "") -> set[str]:
    """Names of what a distribution needs here, of its base and one extra."""
    names = set()
    for text in of.requires or ():
        name = re.match(r"[A-Za-z0-9._-]+", text)
        asked = re.search(r"extra == ['\"]([\w-]+)['\"]", text)
        if name and (asked is None or asked[1] == extra):
            names.add(name[0].lower().replace("_", "-"))
    return names


def closure(names: set[str]) -> dict[str, Distribution]:
    """Those, and all that they need, as they are installed here."""
    found: dict[str, Distribution] = {}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for another system or Python
            continue
        waiting |= requirements(found[name])
    return found


def declared() -> set[str]:
    """Of the base and the extra `desk`, as pyproject.toml has them."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *project["optional-dependencies"]["desk"]]
    return {re.split(r"[<>=\[]", text)[0].lower() for text in texts}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its programs."""
    folder = tmp_path_factory.mktemp("desk")
    home = folder / "venv"
    venv.create(home, with_pip=False)
    pip = [sys.executable, "-m", "pip"]
    wheel = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*wheel, str(ROOT)], check=True)
    made = str(next(folder.glob("lamplighter-*.whl")))
    python = str(home / "bin" / "python")
    install = [*pip, "--python", python, "install", "--quiet", "--no-deps", made]
    subprocess.run(install, check=True)
    place = next((home / "lib").glob("python*/site-packages"))
    for one in closure(declared()).values():
        for file in {entry.parts[0] for entry in one.files or () if entry.parts[0] != ".."}:
            source = Path(str(one.locate_file(file)))
            if source.exists() and not (place / file).exists() and file != "__pycache__":
                (place / file).symlink_to(source)
    return home / "bin"


def run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=program.parent,
        env={**os.environ, "PYTHONPATH": ""},
    )


def test_it_has_nothing_that_builds_or_serves(desk: Path) -> None:
    tried = f"import importlib.util as u; print([n for n in {NOT_NEEDED} if u.find_spec(n)])"
    assert run(desk / "python", "-c", tried).stdout.strip() == "[]"
    assert "completion" in run(desk / "lamplighter", "--help").stdout


def test_it_operates_a_controller_elsewhere(desk: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.data.mkdir()
    try:
        server.start()
        token = tmp_path / "token"
        token.write_text(Path(server.facts["token_file"]).read_text())
        there = ("--url", server.facts["url"], "--token", f"@{token}")
        lamplighter = desk / "lamplighter"
        for words in (("device", "list"), ("token", "create", "cam-1"), ("doctor",)):
            done = run(lamplighter, *words, *there)
            assert done.returncode == 0, (words, done.stderr)
        done = run(lamplighter, "serve", "--data", str(tmp_path / "other"))
        assert done.returncode == 1
        assert "pip install" in done.stderr
    finally:
        assert server.process is not None
        server.process.terminate()
        try:
            server.process.wait(60)
        finally:
            server.process.kill()
