"""`lamplighter bench dashboard`: first paint, keys, processor time, memory, bytes."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from lamplighter_demo.benchmarks.dashboard.changing_fleet import (
    ChangingFleet,
    CountingApi,
    changing_fleet,
)
from lamplighter_demo.city.running import Notify
from lamplighter_demo.work_folder import work_folder

MODULE = "lamplighter_demo.benchmarks.dashboard.watched"


def bench_dashboard(
    folder: Path, devices: int, changes_per_s: int, seconds: float, notify: Notify
) -> dict[str, Any]:
    """A dashboard in a process of its own on a fleet of copies that change, over HTTP.

    Raises:
        DemoError: the folder holds files of others, or cannot be used.
    """
    with work_folder(folder) as place:
        notify(f"making {devices} devices")
        with changing_fleet(place / "fleet", devices, changes_per_s) as parts:
            return _watched(*parts, devices=devices, seconds=seconds, notify=notify)


def _watched(
    url: str,
    token: str,
    api: CountingApi,
    changing: ChangingFleet,
    *,
    devices: int,
    seconds: float,
    notify: Notify,
) -> dict[str, Any]:
    command = [sys.executable, "-m", MODULE, url, token, str(devices), str(seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 - pipes
        child.stdout.readline()
        reading_bytes = api.sent_bytes
        notify("the fleet is read; it changes now")
        changing.start()
        began = time.perf_counter()
        child.stdin.write("\n")
        child.stdin.flush()
        text = child.stdout.readline()
        passed_s = time.perf_counter() - began
    figures: dict[str, Any] = msgspec.json.decode(text)
    return {
        "devices": devices,
        "changes_per_s": round(changing.changed / passed_s),
        "reading_bytes": reading_bytes,
        "bytes_per_s": round((api.sent_bytes - reading_bytes) / passed_s),
        **figures,
    }
