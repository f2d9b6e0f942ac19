"""A controller as a process of its own, its broker beside it, and devices that enrol there."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from lamplighter_client.target import find_controller
from lamplighter_controller.link.mosquitto import stop_mosquitto
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import EnrolResponse, Token, build_request, verify_response
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from tests.simulators.certificates import key_and_request

WAIT_S = 60.0
START_S = 90.0  # on a machine that does other things as well


def eventually(check: Callable[[], Any], seconds: float = WAIT_S) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError, OSError, KeyError, ValueError):
            found = check()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


class Server:
    """A controller process."""

    def __init__(self, data: Path) -> None:
        self.data = data
        # Variables of the environment.
        self.settings: dict[str, str] = {"LAMPLIGHTER_RUNTIMES": "onnxruntime"}
        self.options = ["--stop-broker"]
        self.log = data.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> httpx.Client:
        before = self.facts["pid"] if (self.data / "controller.json").exists() else 0
        command = [sys.executable, "-m", "lamplighter_cli", "serve"]
        command += ["--data", str(self.data), "--port", "0", "--broker-port", "0"]
        command += self.options
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | self.settings
            )
        eventually(lambda: self.facts["pid"] != before, START_S)
        facts = self.facts
        token = Path(facts["token_file"]).read_text()
        here = facts["server_name"] or "127.0.0.1"
        client = httpx.Client(
            base_url=f"{facts['url'].replace('127.0.0.1', here)}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=WAIT_S,
            verify=find_controller(self.data).context or True,
        )
        eventually(lambda: client.get("/health").is_success)
        return client

    @property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "controller.json").read_text()))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)

    def end(self) -> None:
        """Whatever state it is in, and its broker with it."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        stop_mosquitto(self.data / "broker")


@contextlib.contextmanager
def kept_server(data: Path) -> Iterator[Server]:
    """One that is not started yet, over a new folder; nothing of it is left behind."""
    made = Server(data)
    data.mkdir()
    try:
        yield made
    finally:
        made.end()


def enrol(api: httpx.Client, folder: Path, device: str) -> MqttTransport:
    """What an agent does: token, own key, request, pinned answer, connection."""
    token = Token.parse(api.post("/tokens", json={"device": device}).json()["token"])
    private, csr = key_and_request(device)
    request = build_request(token, device, csr)
    answer = decode(api.post("/enrol", content=encode(request)).content, EnrolResponse)
    verify_response(answer, token, request.nonce)
    files = TlsFiles(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    files.ca.write_text(answer.ca)
    files.cert.write_text(answer.certificate)
    files.key.write_bytes(private)
    return MqttTransport(answer.broker.host, answer.broker.port, device, files)
