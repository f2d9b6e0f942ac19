"""A port for a broker: free now, and lent to no connection by the time it starts again."""

import socket
from pathlib import Path

import pytest
from lamplighter_controller.link import mosquitto
from lamplighter_controller.link.mosquitto import free_port


def lends_from(path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """As if the system gave these ports to connections."""
    path.write_text(text)
    monkeypatch.setattr(mosquitto, "_LENT_PORTS", path)


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_it_is_below_those_that_connections_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bind: str
) -> None:
    lends_from(tmp_path / "range", monkeypatch, "30000\t60999\n")
    found = {free_port(bind) for _ in range(20)}
    assert max(found) < 30_000
    assert len(found) > 15, "brokers that start at one time do not choose the same"


def test_where_all_of_those_are_taken_it_is_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto, "_PORT_TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(mosquitto, "_LOWEST_PORT", port)
        lends_from(tmp_path / "range", monkeypatch, f"{port + 1} 60999")
        assert free_port() not in (port, 0)


@pytest.mark.parametrize("text", ["", "odd", "1024 65535"])
def test_a_range_that_says_nothing_of_use_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    lends_from(tmp_path / "range", monkeypatch, text)
    assert free_port() >= 20_000
    monkeypatch.setattr(mosquitto, "_LENT_PORTS", tmp_path / "none")
    assert 20_000 <= free_port() < 32_768
