"""What a fleet notices of its controller being killed and started again, and what it costs."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from lamplighter_client import endpoints
from lamplighter_client.client import PREFIX, Client
from lamplighter_client.errors import ClientError
from lamplighter_client.target import find_controller

from lamplighter_demo.simulation.controller_process import (
    ControllerProcess,
    controller_pid,
    cpu_seconds,
)
from lamplighter_demo.simulation.device import SimulatedDevice
from lamplighter_demo.simulation.false_offline import count_false_offline, last_event

# Devices go on while no controller runs: what they say must wait.
DOWN_S = 3.0
POLL_S = 0.2
# Quiet: all are online, no event is written, and no more calls wait than before the kill.
QUIET_S = 2.0
MORE_CALLS = 5
MANY_CALLS = 1_000_000
# Each is two requests; what is true of so many is true of all.
MOST_CHECKED = 1000
MOST_WINDOWS = 500
MOST_PLANS = 10
WORKER_DEPTH = "lamplighter_worker_depth "


@dataclass(frozen=True)
class RestartFigures:
    """Seconds count from the start after the kill.

    Attributes:
        served_s: until an operator's request was answered.
        slowest_request_ms: of the requests from then until it was quiet.
        quiet_s: until all devices were online and nothing happened any more; None: not in time.
        cpu_s: processor time of the controller until then.
        plans: made since, of the devices checked.
        reconnected: devices that lost their connection to the broker.
        lost: windows that the broker had acknowledged and the controller does not have.
        doubled: windows that it has twice.
    """

    served_s: float
    slowest_request_ms: float
    quiet_s: float | None
    cpu_s: float
    plans: int
    reconnected: int
    false_offline: int
    checked: int
    windows: int
    lost: int
    doubled: int


class RestartMeasurement:
    """Kills the controller of a data folder under a fleet."""

    def __init__(
        self, data: Path, devices: Sequence[SimulatedDevice], patience_s: float, window_s: float
    ) -> None:
        self._data, self._devices = data, devices
        self._patience_s, self._window_s = patience_s, window_s

    async def run(self, log: Path, notify: Callable[[str], None]) -> RestartFigures:
        """Kill it, start it again, and see what has become of everything.

        Raises:
            DemoError: no controller runs with that folder.
            ClientError: it does not answer in time after the start.
        """
        process = ControllerProcess.of(self._data)
        await self._until_quiet(MANY_CALLS, time.perf_counter())
        before = await asyncio.to_thread(self._depth)
        last = await self._ask(last_event)
        for device in self._devices:
            device.acknowledged.clear()
        await asyncio.sleep(self._window_s)
        killed_at = time.time()
        await asyncio.to_thread(process.kill)
        notify(f"the controller (process {process.pid}) is killed")
        await asyncio.sleep(DOWN_S)
        began = time.perf_counter()
        process.start_again(log)
        served_s = await self._until_served(process.pid, began)
        notify(f"operators are served after {served_s:.1f} s")
        quiet_s, slowest_s = await self._until_quiet(before, began)
        notify(f"quiet after {quiet_s} s")
        cpu_s = cpu_seconds(controller_pid(self._data))
        await asyncio.sleep(self._window_s)
        acknowledged = self._acknowledged()
        await self._until_quiet(before, time.perf_counter())  # what is acknowledged is handled
        since = {device.name: device.online_since for device in self._devices}
        return RestartFigures(
            served_s=round(served_s, 1),
            slowest_request_ms=round(1e3 * slowest_s, 1),
            quiet_s=quiet_s,
            cpu_s=round(cpu_s, 1),
            reconnected=sum(at > killed_at for at in since.values()),
            false_offline=await self._ask(lambda api: count_false_offline(api, since, last)),
            **await self._ask(lambda api: _kept(api, acknowledged, killed_at)),
        )

    def _acknowledged(self) -> dict[str, set[int]]:
        """Windows that the broker has taken, of some devices spread over the fleet."""
        step = max(1, len(self._devices) // MOST_CHECKED)
        checked = self._devices[::step][:MOST_CHECKED]
        return {device.name: set(device.acknowledged) for device in checked}

    async def _until_served(self, killed: int, began: float) -> float:
        while True:
            with suppress(ClientError, OSError, ValueError):
                if controller_pid(self._data) != killed:
                    await self._ask(_online)
                    return time.perf_counter() - began
            if time.perf_counter() - began > self._patience_s:
                await self._ask(_online)
            await asyncio.sleep(POLL_S)

    async def _until_quiet(self, before: int, began: float) -> tuple[float | None, float]:
        """Seconds until it is quiet, and those of the slowest request meanwhile."""
        slowest_s, quiet_since, newest = 0.0, began, -1
        while (now := time.perf_counter()) - began < self._patience_s:
            online, event = await self._ask(_online), await self._ask(last_event)
            slowest_s = max(slowest_s, (time.perf_counter() - now) / 2)
            waiting = await asyncio.to_thread(self._depth) - before
            if event != newest or online < len(self._devices) or waiting > MORE_CALLS:
                quiet_since, newest = now, event
            elif now - quiet_since >= QUIET_S:
                return round(quiet_since - began, 1), slowest_s
            await asyncio.sleep(POLL_S)
        return None, slowest_s

    async def _ask(self, work: Callable[[Client], Any]) -> Any:
        """Asked as an operator does; where the controller is may have changed."""

        def ask() -> Any:
            with Client(find_controller(self._data)) as api:
                return work(api)

        return await asyncio.to_thread(ask)

    def _depth(self) -> int:
        """Calls that wait for the deciding thread."""
        target = find_controller(self._data)
        headers = {"Authorization": f"Bearer {target.token}"}
        verify = target.context or True
        url = f"{target.url}{PREFIX}/metrics"
        text = httpx.get(url, headers=headers, timeout=60.0, verify=verify).text
        line = next(line for line in text.splitlines() if line.startswith(WORKER_DEPTH))
        return int(float(line.removeprefix(WORKER_DEPTH)))


def _online(api: Client) -> int:
    return api.send(endpoints.rollup()).online


def _kept(api: Client, acknowledged: Mapping[str, set[int]], killed_at: float) -> dict[str, int]:
    """Plans made since, and windows that are there, missing or twice."""
    figures = {"checked": len(acknowledged), "plans": 0, "windows": 0, "lost": 0, "doubled": 0}
    for device, numbers in acknowledged.items():
        kept = [window.seq for window in api.send(endpoints.telemetry(device, MOST_WINDOWS))]
        figures["windows"] += len(numbers)
        figures["lost"] += len(numbers.difference(kept))
        figures["doubled"] += len(kept) - len(set(kept))
        plans = api.send(endpoints.plans(device, MOST_PLANS))
        figures["plans"] += sum(plan.at >= killed_at for plan in plans)
    return figures
