"""One controller process for each module, and devices that have enrolled with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.simulators.controller_process import Server, enrol


@dataclass
class City:
    """A running controller and its API."""

    server: Server
    api: httpx.Client
    folder: Path

    def enrol(self, device: str) -> MqttTransport:
        """What a device has after its enrolment: a client, not yet connected."""
        folder = self.folder / device
        folder.mkdir(exist_ok=True)
        return enrol(self.api, folder, device)

    def attention(self, device: str) -> list[str]:
        """Kinds of what an operator should look at."""
        notices = self.api.get(f"/devices/{device}").json()["attention"]
        return [notice["kind"] for notice in notices]

    def retire(self, device: str) -> None:
        answer = self.api.post(f"/devices/{device}/retire", headers={"If-Match": "*"})
        assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("hostile")
    server = Server(folder / "data")
    server.data.mkdir()
    try:
        yield City(server, server.start(), folder)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@pytest.fixture
def connected(city: City) -> Iterator[Callable[[str], MqttTransport]]:
    """Enrols and connects a device; its connection ends with the test."""
    transports: list[MqttTransport] = []

    def connect(device: str) -> MqttTransport:
        transport = city.enrol(device)
        transports.append(transport)
        transport.connect()
        return transport

    yield connect
    for transport in transports:
        transport.close()
