"""A broker that does not answer has taken no certificate."""

import socket
from pathlib import Path

import pytest
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport import handshake
from lamplighter_wire.transport.handshake import shake_hands
from lamplighter_wire.transport.mqtt import TlsFiles


def test_who_says_nothing_has_taken_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshake, "CONNECT_TIMEOUT_S", 0.2)
    files = Authority(tmp_path / "pki").controller_files()
    tls = TlsFiles(files.ca, files.cert, files.key)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(TransportError, match="timed out"),
    ):
        shake_hands(*silent.getsockname(), tls)


def test_who_is_not_there_has_taken_nothing(tmp_path: Path) -> None:
    files = Authority(tmp_path / "pki").controller_files()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        host, port = gone.getsockname()
    with pytest.raises(TransportError, match="refused"):
        shake_hands(host, port, TlsFiles(files.ca, files.cert, files.key))
