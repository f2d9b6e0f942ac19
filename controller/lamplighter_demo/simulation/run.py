"""`lamplighter simulate`: a fleet that speaks the real wire to a running controller."""

import asyncio
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import Target
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.statistics import percentile

from lamplighter_demo.errors import DemoError
from lamplighter_demo.simulation.cancelling import cancel_all
from lamplighter_demo.simulation.device import Counts, SimulatedDevice
from lamplighter_demo.simulation.downloading import CheckedChunks, Downloads, Totals
from lamplighter_demo.simulation.false_offline import count_false_offline, last_event
from lamplighter_demo.simulation.identities import Identity, enrol_all
from lamplighter_demo.simulation.mix import kind_of
from lamplighter_demo.simulation.restart import RestartMeasurement
from lamplighter_demo.simulation.rollout_measurement import RolloutMeasurement

Notify = Callable[[str], None]
HANDSHAKES_AT_ONCE = 64
POLL_S = 0.2
NOTIFY_S = 5.0
OTHER_FILES = 200


@dataclass(frozen=True)
class SimulationOptions:
    """What is simulated.

    Attributes:
        seconds: of telemetry once all are connected and have their orders, or patience is over.
        patience_s: how long to wait for each step.
        storm: cut all links at once afterwards, and watch them come back.
        restarts: data folder of the controller, which is killed and started again at the end.
        rollout: what is rolled out to all of them before, in one wave; empty: nothing.
        downloads: they fetch what they are ordered; with a rollout, from its start on, and what
            they were ordered before they are taken to hold.
    """

    devices: int
    seconds: float = 60.0
    window_s: float = 10.0
    patience_s: float = 600.0
    storm: bool = False
    restarts: Path | None = None
    rollout: str = ""
    downloads: bool = False


def simulate(
    target: Target, folder: Path, options: SimulationOptions, notify: Notify
) -> dict[str, Any]:
    """Figures of each step, in seconds since the first device connected.

    Raises:
        ClientError: the controller cannot be asked.
        DemoError: the machine does not permit as many connections, or it is no controller here
            that shall be restarted.
    """
    _permit_files(options.devices)
    names = [f"sim-{number}" for number in range(options.devices)]
    with Client(target) as api:
        began = time.perf_counter()
        identities = enrol_all(api, names, folder)
        enrolled_s = round(time.perf_counter() - began, 1)
        notify(f"{len(identities)} devices enrolled in {enrolled_s} s")
        found = asyncio.run(_Simulation(api, identities, options, folder, notify).run())
    return {"devices": options.devices, "enrolled_s": enrolled_s, **found, "simulator": _used()}


def _used() -> dict[str, float]:
    """What the simulation itself took: it shares the machine with what it measures."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = round(usage.ru_utime + usage.ru_stime, 1)
    return {"cpu_s": cpu_s, "memory_mib": round(usage.ru_maxrss / 1024, 1)}


def _permit_files(devices: int) -> None:
    """Each device is a connection: as many as the machine permits."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 < hard < devices + OTHER_FILES:
        raise DemoError(
            f"{devices} devices need {devices + OTHER_FILES} open files, and {hard} are permitted;"
            " raise it with ulimit -n, here and for the broker, or simulate fewer"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Simulation:
    def __init__(
        self,
        api: Client,
        identities: Sequence[Identity],
        options: SimulationOptions,
        folder: Path,
        notify: Notify,
    ) -> None:
        self._api, self._options, self._notify = api, options, notify
        self._folder = folder
        self._counts = Counts()
        handshakes = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._totals, self._chunks = Totals(), CheckedChunks()
        self._is_rolled_out = not options.rollout
        self._devices = [
            SimulatedDevice(
                identity,
                kind_of(n),
                self._counts,
                handshakes,
                options.window_s,
                downloads=self._downloads(identity.device),
            )
            for n, identity in enumerate(identities)
        ]

    def _downloads(self, device: str) -> Downloads | None:
        if not self._options.downloads:
            return None
        return Downloads(
            device, self._chunks, self._totals, SystemClock(), lambda: self._is_rolled_out
        )

    async def run(self) -> dict[str, Any]:
        tasks = [asyncio.create_task(device.run()) for device in self._devices]
        try:
            found = await self._watch()
        finally:
            await cancel_all(tasks)
        return found

    async def _watch(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "connected_s": await self._until("connected", lambda d: d.online_since > 0),
            "ordered_s": await self._until("have an order", lambda d: d.ordered_at > 0),
            "committed_s": await self._until("committed", lambda d: d.committed_at > 0),
        }
        found["attempts"], found["attempts_failed"] = self._counts.attempts, self._counts.failed
        found["telemetry"] = await self._telemetry()
        if self._options.rollout:
            self._is_rolled_out = True
            found["rollout"] = await self._rollout()
            if self._options.downloads:
                found["rollout"]["downloads"] = asdict(self._totals)
        if self._options.storm:
            found["storm"] = await self._storm()
        if self._options.restarts is not None:
            found["restart"] = await self._restart(self._options.restarts)
        return found

    async def _rollout(self) -> dict[str, Any]:
        options = self._options
        measurement = RolloutMeasurement(
            self._api, self._devices, options.rollout, options.patience_s
        )
        return asdict(await measurement.run(self._notify))

    async def _restart(self, data: Path) -> dict[str, Any]:
        patience_s, window_s = self._options.patience_s, self._options.window_s
        measurement = RestartMeasurement(data, self._devices, patience_s, window_s)
        figures = await measurement.run(self._folder / "controller.log", self._notify)
        return asdict(figures)

    async def _until(self, what: str, holds: Callable[[SimulatedDevice], bool]) -> float | None:
        """Seconds until all devices are that far; None when some are not in time."""
        began, told = time.perf_counter(), 0.0
        while (took := time.perf_counter() - began) < self._options.patience_s:
            done = sum(map(holds, self._devices))
            if done == len(self._devices):
                self._notify(f"all {done} {what} after {took:.1f} s")
                return round(took, 1)
            if took - told > NOTIFY_S:
                told = took
                self._notify(f"{done} of {len(self._devices)} {what}")
            await asyncio.sleep(POLL_S)
        return None

    async def _telemetry(self) -> dict[str, float]:
        self._counts.windows, self._counts.ack_ms = 0, []
        began = time.perf_counter()
        await asyncio.sleep(self._options.seconds)
        seconds = time.perf_counter() - began
        demanded = len(self._devices) / self._options.window_s
        return {
            "windows_per_s": round(self._counts.windows / seconds, 1),
            "demanded_per_s": round(demanded, 1),
            "ack_p50_ms": round(percentile(self._counts.ack_ms, 50), 1),
            "ack_p95_ms": round(percentile(self._counts.ack_ms, 95), 1),
        }

    async def _storm(self) -> dict[str, Any]:
        last = await asyncio.to_thread(last_event, self._api)
        cut_at, began = time.time(), time.perf_counter()
        for device in self._devices:
            device.cut()
        back_s = await self._until("are back", lambda d: d.online_since > cut_at)
        known_s = await self._known(began)
        return {
            "back_s": back_s,
            "controller_knows_s": known_s,
            "false_offline": await asyncio.to_thread(
                count_false_offline, self._api, self._online_since(), last
            ),
        }

    async def _known(self, began: float) -> float | None:
        """Seconds until the controller has all of them online, twice a while apart."""
        while (took := time.perf_counter() - began) < self._options.patience_s:
            if await self._online() == len(self._devices):
                await asyncio.sleep(2.0)
                if await self._online() == len(self._devices):
                    return round(took, 1)
            await asyncio.sleep(POLL_S)
        return None

    async def _online(self) -> int:
        return (await asyncio.to_thread(self._api.send, endpoints.rollup())).online

    def _online_since(self) -> dict[str, float]:
        return {device.name: device.online_since for device in self._devices}
