"""How long a rollout of a target takes to reach a whole simulated fleet, in one wave."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamplighter_client import endpoints, group_endpoints, rollout_endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Rollout
from lamplighter_client.documents.rollouts import RolloutBody

from lamplighter_demo.simulation.device import SimulatedDevice

POLL_S = 0.2
GROUP, QUERY = "simulated", "id=sim-*"
OVER = ("succeeded", "paused", "aborted", "rolled_back")


@dataclass(frozen=True)
class RolloutFigures:
    """Seconds since the rollout was started; None: not in time.

    Attributes:
        start_s: until the start was answered.
        served_s: until each device that came into it serves the target.
        known_s: until the rollout has seen that, and is over.
        devices: that came into it; others had the target, or it does not fit them.
        counts: devices by state in the end.
    """

    target: str
    start_s: float
    served_s: float | None
    known_s: float | None
    devices: int
    state: str
    counts: dict[str, int]


class RolloutMeasurement:
    """Over devices that are connected and have an order."""

    def __init__(
        self, api: Client, devices: Sequence[SimulatedDevice], target: str, patience_s: float
    ) -> None:
        self._api, self._devices = api, {device.name: device for device in devices}
        self._target, self._patience_s = target, patience_s
        self._name = f"simulated-{int(time.time())}"
        self._began = 0.0

    async def run(self, notify: Callable[[str], None]) -> RolloutFigures:
        """Raises ClientError: there is no such target."""
        variants = await asyncio.to_thread(self._begin)
        start_s = self._passed_s
        notify(f"rollout {self._name} of {self._target} is started")
        names = await asyncio.to_thread(self._members)
        there = self._until(lambda: all(self._devices[n].serving in variants for n in names))
        served_s, (known_s, last) = await asyncio.gather(there, self._until_over())
        notify(f"{len(names)} devices serve it after {served_s} s, known after {known_s} s")
        await asyncio.to_thread(self._end, last)
        return RolloutFigures(
            target=self._target,
            start_s=round(start_s, 1),
            served_s=served_s,
            known_s=known_s,
            devices=len(names),
            state=last.state,
            counts={state: count for state, count in last.counts.items() if count},
        )

    @property
    def _passed_s(self) -> float:
        return time.perf_counter() - self._began

    def _begin(self) -> set[str]:
        """Create and start it; the variants that are of its target."""
        send = self._api.send
        model = self._target.partition("@")[0]
        of = [one.id for one in send(endpoints.variants()) if model in (one.id, one.model)]
        if GROUP not in {group.name for group in send(group_endpoints.groups())}:
            send(group_endpoints.create_group(GROUP, QUERY, "devices of `lamplighter simulate`"))
        body = RolloutBody(
            name=self._name,
            group=GROUP,
            target=self._target,
            canaries_per_class=0,
            waves="fixed",
            first=100_000,
            per_site=0,
            at_once=0,
            watch_s=0.0,
        )
        send(rollout_endpoints.create_rollout(body))
        send(rollout_endpoints.step_rollout(self._name, "approve"))
        self._began = time.perf_counter()
        send(rollout_endpoints.step_rollout(self._name, "start"))
        return set(of)

    def _members(self) -> list[str]:
        listed = self._api.send(rollout_endpoints.rollout_devices(self._name))
        return [one.device for one in listed if one.state != "skipped"]

    async def _until(self, holds: Callable[[], bool]) -> float | None:
        while self._passed_s < self._patience_s:
            if holds():
                return round(self._passed_s, 1)
            await asyncio.sleep(POLL_S)
        return None

    async def _until_over(self) -> tuple[float | None, Rollout]:
        while True:
            asked = rollout_endpoints.rollout(self._name)
            rollout = await asyncio.to_thread(self._api.send, asked)
            if rollout.state in OVER:
                return round(self._passed_s, 1), rollout
            if self._passed_s > self._patience_s:
                return None, rollout
            await asyncio.sleep(1.0)

    def _end(self, last: Rollout) -> None:
        """What was rolled out stays until the next plan."""
        if last.state in ("running", "paused"):
            self._api.send(rollout_endpoints.step_rollout(self._name, "abort"))
        self._api.send(rollout_endpoints.step_rollout(self._name, "end"))
