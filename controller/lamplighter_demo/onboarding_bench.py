"""`lamplighter bench onboarding`: from a new device's first words to a verified variant in service.

Each device is new to the controller and has a quota of its own, so that it is a hardware class of
its own. Times are the device's: birth to PROBATION, and its parts.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamplighter_demo.agents import DemoAgent
from lamplighter_demo.devices import DemoDevice, TimeProfile
from lamplighter_demo.director import City, close_city, enrol, start_city
from lamplighter_demo.envelopes import Envelope
from lamplighter_demo.footage import timeline, write_playlist
from lamplighter_demo.recompression_bench import percentiles

Json = dict[str, Any]
PATIENCE_S = 120.0
QUOTAS = (1.0, 0.35, 0.5, 0.7, 0.9, 0.3, 0.45, 0.6, 0.8, 0.4)


def bench_onboarding(
    folder: Path, clips: Path, count: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """p50 and p95 over `count` new devices, one after another, and each one's times in seconds.

    A device that was not served in time counts as `unserved`, and is not in the percentiles.
    """
    shutil.rmtree(folder, ignore_errors=True)
    devices = tuple(
        DemoDevice(
            f"new-{i}",
            "new device type",
            "south-arm",
            Envelope(cpu_quota_cores=QUOTAS[i % len(QUOTAS)]),
        )
        for i in range(count)
    )
    city = start_city(folder, clips, TimeProfile(), devices, say)
    rows: list[Json] = []
    try:
        enrol(city, say)
        for agent in city.agents.values():
            rows.append(_one(city, agent))
            say(f"{agent.device.id}: {rows[-1]}")
    finally:
        close_city(city)
    seconds = [row["serving"] for row in rows if row["serving"] is not None]
    return {
        "devices": rows,
        "serving": percentiles(seconds),
        "served": len(seconds),
        "unserved": len(rows) - len(seconds),
    }


def _one(city: City, agent: DemoAgent) -> Json:
    line = timeline(time.time(), 600.0)
    write_playlist(
        city.folder / f"{agent.device.camera}.playlist.json", city.clips, agent.device.camera, line
    )
    agent.start()
    try:
        reported = _wait_for_service(city, agent.device.id)
    finally:
        agent.stop()
    facts = city.api.get(f"/devices/{agent.device.id}")
    phases = dict(reversed((reported or {}).get("phases", [])))
    born = _birth(city, agent.device.id)
    return {
        "device": agent.device.id,
        "quota_cores": agent.device.envelope.cpu_quota_cores,
        "variant": (facts.get("reported") or {}).get("variant"),
        **{
            name: round(phases[phase] - born, 2) if phase in phases else None
            for name, phase in (
                ("told", "FETCHING"),
                ("delivered", "VERIFYING"),
                ("serving", "PROBATION"),
            )
        },
    }


def _wait_for_service(city: City, device: str) -> Json | None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        reported = city.api.get(f"/devices/{device}").get("reported") or {}
        if any(name == "PROBATION" for name, _ in reported.get("phases", [])):
            return dict(reported)
        time.sleep(0.1)
    return None


def _birth(city: City, device: str) -> float:
    log = city.api.get("/events/log", after=0, limit=2000)
    births = [e["at"] for e in log if e["device"] == device and e["kind"] in ("birth", "online")]
    return float(min(births))
