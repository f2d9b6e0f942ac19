"""Simulated devices on a thread of their own, beside whoever directs them."""

import asyncio
from collections.abc import Sequence
from threading import Event, Thread

from lamplighter_demo.simulation.cancelling import cancel_all
from lamplighter_demo.simulation.device import SimulatedDevice

END_S = 60.0


class FleetThread:
    """Runs devices from `start` to `stop`; their attributes may be read meanwhile."""

    def __init__(self, devices: Sequence[SimulatedDevice]) -> None:
        self.devices = devices
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._is_up = Event()
        self._thread = Thread(target=self._live, name="simulated fleet", daemon=True)

    def start(self) -> None:
        """Let all connect."""
        self._thread.start()
        self._is_up.wait()

    def stop(self) -> None:
        """Switch all off; safe to call twice."""
        if self._loop is not None and self._over is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(END_S)

    def _live(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        tasks = [asyncio.create_task(device.run()) for device in self.devices]
        self._is_up.set()
        try:
            await self._over.wait()
        finally:
            await cancel_all(tasks)
