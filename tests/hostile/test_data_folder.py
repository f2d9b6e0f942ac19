"""A data folder that is damaged, locked, or no folder: said in a line, with what to do."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lamplighter_controller.bootstrap import bootstrap
from lamplighter_controller.errors import DamagedError, StoreError
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.signing_keys import kept_signing_key
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.database import Database
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.sql import SqlStore

NOISE = bytes(range(256)) * 64
Spoil = Callable[[Path], object]


def serve(data: Path) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--data", str(data)]
    command += ["--port", "0", "--broker-port", "0", "--stop-broker"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """As an earlier controller has left it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "controller.lock").touch()
    Authority(folder / "pki").server_files(["127.0.0.1"])
    kept_signing_key(folder / "pki")
    SqlStore(sqlite_url(folder / "controller.db")).close()
    return folder


@pytest.mark.parametrize(
    ("name", "spoil", "remedy"),
    [
        ("pki/ca.key", lambda path: path.write_bytes(NOISE), "from a backup"),
        ("pki/ca.crt", lambda path: path.write_bytes(b""), "from a backup"),
        ("pki/signing.key", lambda path: path.write_text("key"), "from a backup"),
        ("pki/server.key", lambda path: path.write_bytes(NOISE), "move it away"),
        ("controller.db", lambda path: path.write_bytes(NOISE), "from a backup"),
        ("controller.db", lambda path: (path.unlink(), path.mkdir()), "check that its folder"),
    ],
)
def test_what_is_damaged_is_named_with_what_to_do(
    data: Path, name: str, spoil: Spoil, remedy: str
) -> None:
    spoil(data / name)
    with pytest.raises((DamagedError, StoreError)) as refused:
        bootstrap(ControllerSettings(data_dir=data, broker_port=0))
    assert str(data / name) in str(refused.value)
    assert remedy in str(refused.value)


def test_the_command_says_it_in_a_line(data: Path) -> None:
    (data / "controller.db").write_bytes(NOISE)
    ended = serve(data)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("lamplighter: the database")
    assert "put it back from a backup" in said


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("text")
    ended = serve(tmp_path / "data")
    assert ended.returncode == 2
    assert "is a file" in ended.stderr


def test_what_is_derived_is_made_anew(data: Path) -> None:
    authority = Authority(data / "pki")
    revoked = authority.revocation_list([])
    (data / "pki/server.crt").write_bytes(NOISE)
    (data / "pki/revoked.crl").write_bytes(NOISE)
    assert b"BEGIN CERTIFICATE" in authority.server_files(["127.0.0.1"]).cert.read_bytes()
    assert authority.revocation_list([]).startswith(revoked[:20])


def test_half_a_database_is_told_with_the_remedy(data: Path) -> None:
    path = data / "controller.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreError, match="from a backup"):
        SqlStore(sqlite_url(path))


def test_a_database_that_another_program_holds_is_told(data: Path) -> None:
    with sqlite3.connect(data / "controller.db", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        database = Database(sqlite_url(data / "controller.db"))
        with pytest.raises(StoreError, match="end the other program"), database.transaction():
            pass
        database.close()


def test_a_database_of_a_later_version_is_told(data: Path) -> None:
    with sqlite3.connect(data / "controller.db") as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="another version"):
        SqlStore(sqlite_url(data / "controller.db"))


def test_a_key_of_another_kind_is_none(data: Path) -> None:
    (data / "pki/ca.key").write_bytes((data / "pki/signing.key").read_bytes())
    with pytest.raises(DamagedError, match="not on an elliptic curve"):
        Authority(data / "pki")
