"""`/metrics` at an address of its own: without a token, and nothing else is answered there."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lamplighter_controller.api.app import create_app
from lamplighter_controller.api.metrics.own_address import MetricsServer
from lamplighter_controller.api.serving.server import open_door
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.web_address import bind_address

from tests.simulators.controller_rig import Rig


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    rig = Rig(tmp_path, [])
    app = create_app(rig.services, recipes=dict, counters=dict)
    door = open_door("127.0.0.1", 0)
    server = MetricsServer(app.state.exposition, door)
    port = door.getsockname()[1]
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.close()
    assert "metrics" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")
    rig.close()


def test_figures_are_told_without_a_token_and_nothing_else_is(url: str) -> None:
    told = httpx.get(f"{url}/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "lamplighter_devices" in told.text
    for path in ("/", "/api/v1/devices", "/api/v1/metrics", "/docs"):
        assert httpx.get(url + path).status_code == 404
    assert httpx.post(f"{url}/metrics").status_code == 405


def test_an_address_is_read_and_what_is_none_is_named() -> None:
    assert bind_address("10.0.0.1:9464", "metrics_bind") == ("10.0.0.1", 9464)
    assert bind_address("[::1]:0", "metrics_bind") == ("::1", 0)
    for text in ("9464", "host", "host:", "host:99999", "host:-1"):
        with pytest.raises(SettingsError, match="metrics_bind"):
            bind_address(text, "metrics_bind")
