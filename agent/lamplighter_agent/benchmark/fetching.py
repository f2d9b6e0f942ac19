"""Several devices in one process that fetch the same chunks from a broker, and what that took.

Started by `lamplighter bench transfer`, which reads a line of JSON for each device. Says `ready`
when all are connected, and begins at the next line from standard input. Each device has the agent's
own chunk store, and its fetcher; with `--bare` it asks for nothing, keeps all that it hears, and
gives up what does not come.
"""

import argparse
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lamplighter_wire import topics
from lamplighter_wire.blobs import decompress
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Request, Transfer
from lamplighter_wire.transport.mqtt import MqttTransport
from lamplighter_wire.transport.protocol import Received

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import Fetcher

TIMEOUT_S = 300.0


class FetchingDevice:
    """The agent's own fetcher over a connection of its own."""

    def __init__(self, name: str, transport: MqttTransport, folder: Path) -> None:
        self._name, self._transport = name, transport
        store = ChunkStore(folder / name)
        self._fetcher = Fetcher(transport, store, name, SystemClock(), self._ask)
        transport.on_message(self._take)

    def run(self, shas: list[str]) -> dict[str, Any]:
        """Fetch all of them; what it cost."""
        cost = self._fetcher.fetch(shas, 1, _ignore, lambda: False, TIMEOUT_S)
        return {
            "bytes_received": cost.bytes_received,
            "duplicates": cost.duplicates,
            "chunks_requested": cost.chunks_requested,
            "missing": 0,
        }

    def _take(self, received: Received) -> None:
        sha = topics.parse_blob(received.topic)
        if sha is not None:
            self._fetcher.on_blob(sha, received.payload)

    def _ask(self, request: Request) -> None:
        self._transport.publish(topics.up(self._name, "request"), encode(request))


class BareDevice:
    """Hears all chunks that are published, and keeps them."""

    def __init__(self, name: str, transport: MqttTransport, folder: Path, silent_s: float) -> None:
        self._store, self._silent_s = ChunkStore(folder / name), silent_s
        self._bytes = 0
        self._changed = threading.Condition()
        transport.on_message(self._take)
        transport.subscribe(f"{topics.ROOT}/blob/#", kept=False)

    def run(self, shas: list[str]) -> dict[str, Any]:
        """Until it has all of them, or nothing has come for too long."""
        with self._changed:
            while missing := len(self._store.missing(shas)):
                if not self._changed.wait(self._silent_s):
                    break
        return {
            "bytes_received": self._bytes,
            "duplicates": 0,
            "chunks_requested": 0,
            "missing": missing,
        }

    def _take(self, received: Received) -> None:
        sha = topics.parse_blob(received.topic)
        if sha is not None:
            self._store.put(sha, decompress(received.payload))
        with self._changed:
            self._bytes += len(received.payload)
            self._changed.notify()


def main() -> int:
    """Connect, wait, fetch, tell."""
    asked = _arguments()
    shas = json.loads(asked.chunks.read_text())
    devices: dict[str, FetchingDevice | BareDevice] = {}
    transports = []
    for name in (f"{asked.prefix}-{n}" for n in range(asked.devices)):
        transport = MqttTransport(asked.host, asked.port, name)
        transport.connect()
        transports.append(transport)
        if asked.bare:
            devices[name] = BareDevice(name, transport, asked.folder, asked.silent_s)
        else:
            devices[name] = FetchingDevice(name, transport, asked.folder)
    _say("ready")
    begin_at = float(sys.stdin.readline())

    def run(numbered: tuple[int, str]) -> str:
        number, name = numbered
        begins_after_s = number * asked.spread_s / len(devices)
        time.sleep(max(0.0, begin_at + begins_after_s - time.time()))
        cost = devices[name].run(shas)
        return json.dumps({"device": name, "seconds": time.time() - begin_at, **cost})

    with ThreadPoolExecutor(len(devices)) as pool:
        _say("\n".join(pool.map(run, enumerate(devices))))
    for transport in transports:
        transport.close()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lamplighter_agent.benchmark.fetching")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prefix", default="device")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--chunks", type=Path, required=True, help="JSON list of hashes")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--spread-s", type=float, default=0.0, help="first to last start")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--silent-s", type=float, default=30.0, help="a bare device gives up")
    return parser.parse_args()


def _ignore(_transfer: Transfer) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    sys.exit(main())
