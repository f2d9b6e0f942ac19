"""One dashboard in a process of its own, without a terminal: what it costs, as JSON on its output.

`python -m lamplighter_demo.benchmarks.dashboard.watched URL TOKEN DEVICES SECONDS`. It prints a
line once the whole fleet is there, waits for a line, and measures from then on.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psutil
from lamplighter_client.client import AsyncClient
from lamplighter_client.target import Target
from lamplighter_dashboard.app import Dashboard
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_wire.statistics import percentile
from textual import events
from textual.pilot import Pilot

SIZE = (150, 44)
LOOK_S = 0.01
KEYS = ("down", "down", "pagedown", "up", "pagedown", "up", "end", "home")
ROUNDS = 25


async def watch(url: str, token: str, devices: int, seconds: float) -> dict[str, Any]:
    """All figures."""
    began = time.perf_counter()
    app = Dashboard(AsyncClient(Target(url, token), 60.0))
    async with app.run_test(size=SIZE) as pilot:
        await _until(
            pilot, lambda: isinstance(app.screen, FleetScreen) and bool(app.fleet.table.rows)
        )
        await _painted(app)
        first_s = time.perf_counter() - began
        await _until(pilot, lambda: len(app.mirror.rows) >= devices)
        whole_s = time.perf_counter() - began
        print("whole", flush=True)  # noqa: T201 - for the parent
        await asyncio.to_thread(sys.stdin.readline)
        figures = await _idle(app, seconds)
        keys_ms = [ms for _ in range(ROUNDS) for ms in [await _key_ms(app, key) for key in KEYS]]
    return figures | {
        "first_paint_s": round(first_s, 2),
        "whole_fleet_s": round(whole_s, 2),
        "key_to_paint_p50_ms": round(percentile(keys_ms, 50), 1),
        "key_to_paint_p95_ms": round(percentile(keys_ms, 95), 1),
        "memory_mb": round(psutil.Process().memory_info().rss / 1e6, 1),
    }


async def _idle(app: Dashboard, seconds: float) -> dict[str, Any]:
    """Nobody presses a key, and the fleet changes."""
    version, cpu, wall = app.mirror.version, time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    passed_s = time.perf_counter() - wall
    return {
        "cpu_share_idle": round((time.process_time() - cpu) / passed_s, 3),
        "deliveries_per_s": round((app.mirror.version - version) / passed_s, 2),
    }


async def _key_ms(app: Dashboard, key: str) -> float:
    """From the key to the screen with the cursor on another line."""
    table = app.fleet.table
    before, began = table.cursor, time.perf_counter()
    app.post_message(events.Key(key, None))
    while table.cursor == before:  # noqa: ASYNC110 - nothing tells of the first step
        await asyncio.sleep(0)
    await _painted(app)
    return 1e3 * (time.perf_counter() - began)


async def _painted(app: Dashboard) -> None:
    done = asyncio.Event()
    app.fleet.table.call_after_refresh(done.set)
    await done.wait()


async def _until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    while not true():
        await pilot.pause(LOOK_S)


if __name__ == "__main__":
    where, secret, count, length = sys.argv[1:5]
    found = asyncio.run(watch(where, secret, int(count), float(length)))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
