"""Secrets are read by nobody else: in files, in process lists, and once they are revoked."""

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lamplighter_wire.command_line.given_secrets import read_secret
from lamplighter_wire.enrolment import Token
from lamplighter_wire.errors import SettingsError

from tests.hostile.conftest import City
from tests.integration.test_controller_serve import Server, eventually

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Over a data folder that others could read."""
    folder = tmp_path_factory.mktemp("secrets")
    server = Server(folder / "data")
    (server.data / "models/old").mkdir(parents=True)
    (server.data / "models/old/model.onnx").write_text("rows")
    (server.data / "models/old/model.onnx").chmod(0o644)
    server.data.chmod(0o755)
    before = os.umask(0)
    try:
        yield City(server, server.start(), folder)
    finally:
        os.umask(before)
        if server.process is not None and server.process.poll() is None:
            server.stop()


def test_whatever_the_controller_keeps_is_its_users_alone(city: City) -> None:
    readable = [
        str(path.relative_to(city.server.data))
        for path in [city.server.data, *city.server.data.rglob("*")]
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert readable == []


def bearer(city: City, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=city.api.base_url, headers=headers, timeout=60.0)


def test_a_revoked_token_opens_nothing_and_ends_its_streams(city: City) -> None:
    made = city.api.post("/api-tokens", json={"name": "wall", "role": "viewer"}).json()
    with bearer(city, made["token"]) as wall:
        assert wall.get("/rollup").is_success
        with wall.stream("GET", "/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": connected"
            listed = city.api.get("/api-tokens").json()
            shown = next(token for token in listed if token["id"] == made["id"])
            assert shown["last_used_at"] is not None
            assert made["token"] not in str(listed)
            assert city.api.delete(f"/api-tokens/{made['id']}").is_success
            list(lines)  # it ends
        assert wall.get("/rollup").status_code == 401
    assert city.api.delete(f"/api-tokens/{made['id']}").status_code == 404


def test_a_token_ends(city: City) -> None:
    body = {"name": "short", "role": "viewer", "life_s": 0.5}
    with bearer(city, city.api.post("/api-tokens", json=body).json()["token"]) as short:
        eventually(lambda: short.get("/rollup").status_code == 401)


def test_a_token_given_as_an_argument_is_hidden_in_process_lists() -> None:
    token = str(Token.create("0" * 64))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "lamplighter_agent", "enrol", "--url", url]
        with subprocess.Popen([*command, "--device", "cam-1", "--token", token]) as process:
            shown = Path(f"/proc/{process.pid}/cmdline")
            time.sleep(0.1)
            eventually(lambda: b"enrol" in shown.read_bytes())
            eventually(lambda: token.encode() not in shown.read_bytes())
            assert b"--token\0****" in shown.read_bytes()
            process.kill()


def test_a_database_given_as_an_argument_is_hidden_in_process_lists(tmp_path: Path) -> None:
    database = "postgresql+psycopg://user:geheim@127.0.0.1:9/none"
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--data", str(tmp_path)]
    words = [*command, "--port", "0", "--broker-port", "0", "--database", database]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        shown = Path(f"/proc/{process.pid}/cmdline")
        eventually(lambda: b"serve" in shown.read_bytes())
        eventually(lambda: b"geheim" not in shown.read_bytes())
        told, _ = process.communicate(timeout=60)  # nobody answers there
    assert b"geheim" not in told


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n")
    assert read_secret(f"@{tmp_path / 'token'}") == "a.b.c"
    with pytest.raises(SettingsError, match="does not exist"):
        read_secret(f"@{tmp_path / 'nowhere'}")
