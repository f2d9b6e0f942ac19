"""A fleet of copies behind an API, some of which change each second."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.api.app import create_app
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.telemetry.stores import DeviceChange
from lamplighter_wire.messages import OperatingPoint, Telemetry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamplighter_demo.benchmarks.controller import fleet_of_one
from lamplighter_demo.benchmarks.fleet_reading import copy_device, served

STEPS_PER_S = 4
LONGEST_STEP_S = 30.0
WINDOW = Telemetry(
    seconds=10.0,
    serving=OperatingPoint(variant="v0", width=384, height=288),
    fps_demand=5.0,
    power_w=3.0,
    energy_mj_per_frame=80.0,
    energy_source="estimate",
)


class CountingApi:
    """An application around another that counts the bytes of its answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            self.sent_bytes += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


class ChangingFleet:
    """Devices take turns: so many of them have a new window each second."""

    def __init__(self, store: Store, devices: list[str], per_s: int) -> None:
        self._store, self._devices, self._per_s = store, devices, per_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.changed = 0

    def start(self) -> None:
        """Begin to change."""
        self._thread.start()

    def close(self) -> None:
        """Stand still; one that never began to change does so anyway."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(LONGEST_STEP_S)

    def _run(self) -> None:
        count = max(1, self._per_s // STEPS_PER_S)
        turns = itertools.cycle(self._devices)
        number = 0
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / STEPS_PER_S, time.monotonic() - 1.0)
            number += 1
            some = list(itertools.islice(turns, count))
            known = self._store.devices_and_states(some)
            self._store.save_changes(
                self._changed(record, state, number) for record, state in known.values()
            )
            self.changed += len(known)

    def _changed(self, record: Any, state: Any, number: int) -> DeviceChange:
        now = time.time()
        window = msgspec.structs.replace(
            record.newest_window or WINDOW,
            device=record.id,
            latency_p95_ms=30.0 + number % 9,
            fps_served=4.0 + number % 3,
        )
        replaced = msgspec.structs.replace(
            record, newest_window=window, newest_window_at=now, last_seen=now
        )
        return DeviceChange(replaced, state)


@contextmanager
def changing_fleet(
    folder: Path, devices: int, per_s: int
) -> Iterator[tuple[str, str, CountingApi, ChangingFleet]]:
    """Address, token, what was sent, and what changes; it stands still until it is started."""
    with fleet_of_one(folder) as (fleet, name):
        copy_device(fleet.store, name, devices - 1)
        names = [record.id for record in fleet.store.devices()]
        api = CountingApi(create_app(fleet.services, recipes=dict, counters=dict))
        token = fleet.services.access.make_token("bench", "viewer")
        changing = ChangingFleet(fleet.store, names, per_s)
        with served(api) as url:
            try:
                yield url, token, api, changing
            finally:
                changing.close()
