"""`lamplighter bench onboarding`: from a new device's first words to a verified variant serving.

Each device is new to the controller and has a quota of its own, so that it is a hardware class of
its own. Times are the device's: birth to PROBATION, and its parts.
"""

import time
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_client import endpoints
from lamplighter_wire.messages import Reported

from lamplighter_demo.benchmarks.percentiles import percentiles
from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Envelope
from lamplighter_demo.city.footage import timeline, write_playlist
from lamplighter_demo.city.running import City, Notify, close_city, enrol, start_city
from lamplighter_demo.work_folder import work_folder

PATIENCE_S = 120.0
POLL_S = 0.1
FOOTAGE_S = 600.0
MANY_EVENTS = 2000
QUOTAS = (1.0, 0.35, 0.5, 0.7, 0.9, 0.3, 0.45, 0.6, 0.8, 0.4)
SERVING_PHASE = "PROBATION"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One new device: seconds from its birth to each step; None where it was not reached."""

    device: str
    quota_cores: float
    variant: str | None
    told: float | None
    delivered: float | None
    serving: float | None


def bench_onboarding(folder: Path, clips: Path, count: int, notify: Notify) -> dict[str, Any]:
    """p50 and p95 over `count` new devices, one after another, and each one's times in seconds.

    A device that was not served in time counts as `unserved`, and is not in the percentiles.

    Raises:
        DemoError: the folder holds files of others, or a part of the city ended.
    """
    devices = tuple(_new_device(number) for number in range(count))
    with work_folder(folder) as place:
        rows = _rows(start_city(place, clips, TimeProfile(), devices, notify), notify)
    seconds = [row.serving for row in rows if row.serving is not None]
    return {
        "devices": msgspec.to_builtins(rows),
        "serving": percentiles(seconds),
        "served": len(seconds),
        "unserved": len(rows) - len(seconds),
    }


def _rows(city: City, notify: Notify) -> list[Row]:
    rows: list[Row] = []
    try:
        enrol(city, notify)
        for agent in city.agents.values():
            rows.append(_onboard(city, agent))
            notify(f"{agent.device.id}: {rows[-1]}")
    finally:
        close_city(city)
    return rows


def _new_device(number: int) -> DemoDevice:
    envelope = Envelope(cpu_quota_cores=QUOTAS[number % len(QUOTAS)])
    return DemoDevice(f"new-{number}", "new device type", "south-arm", envelope)


def _onboard(city: City, agent: DemoAgent) -> Row:
    camera, name = agent.device.camera, agent.device.id
    line = timeline(time.time(), FOOTAGE_S)
    write_playlist(city.playlist(camera), city.clips, camera, line)
    agent.start()
    try:
        first = _wait_for_service(city, name)
    finally:
        agent.stop()
    last = city.api.send(endpoints.device(name)).reported
    clocks = first_clocks(first, _birth(city, name))
    return Row(
        device=name,
        quota_cores=agent.device.envelope.cpu_quota_cores,
        variant=last.variant if last else None,
        told=clocks.get("FETCHING"),
        delivered=clocks.get("VERIFYING"),
        serving=clocks.get(SERVING_PHASE),
    )


def first_clocks(reported: Reported | None, born: float) -> dict[str, float]:
    """Phase -> seconds from the birth to the first time it was entered."""
    phases = reversed(reported.phases) if reported else ()
    return {phase: round(at - born, 2) for phase, at in phases}


def _wait_for_service(city: City, device: str) -> Reported | None:
    """What the device reports once it serves; None when patience ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        reported = city.api.send(endpoints.device(device)).reported
        if reported and any(phase == SERVING_PHASE for phase, _ in reported.phases):
            return reported
        time.sleep(POLL_S)
    return None


def _birth(city: City, device: str) -> float:
    events = city.api.send(endpoints.events(limit=MANY_EVENTS))
    return min(e.at for e in events if e.device == device and e.kind in ("birth", "online"))
