"""A controller that is killed while it puts windows together neither loses nor doubles one."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_demo.benchmarks.measured_windows import measured_window

WINDOWS = 1200
CONDENSER = """
import sys
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.telemetry.series import Series

store = SqlStore(sys.argv[1])
print("begins", flush=True)
while store.condense_windows(Series("cam-1"), Cutoff(1e12, 1e12, 1e12), 7):
    pass
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_between_windows_and_summaries(tmp_path: Path, seed: int) -> None:
    url = sqlite_url(tmp_path / "controller.db")
    store = SqlStore(url)
    store.add_device(DeviceRecord(id="cam-1"))
    windows = [measured_window(number) for number in range(WINDOWS)]
    store.add_telemetry(windows, 5.0)
    store.close()
    condenser = subprocess.Popen(
        [sys.executable, "-c", CONDENSER, url], stdout=subprocess.PIPE, text=True
    )
    assert condenser.stdout is not None and condenser.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.05, 0.5))
    condenser.kill()
    condenser.wait()

    store = SqlStore(url)
    left = store.telemetry("cam-1", limit=None)
    assert left == windows[WINDOWS - len(left) :]
    for resolution_s in (300, 3600):
        summaries = store.summaries("cam-1", resolution_s, limit=None)
        assert sum(summary.windows for summary in summaries) == WINDOWS - len(left)
    while store.condense_windows(Series("cam-1"), Cutoff(1e12, 1e12, 1e12), 500):
        pass
    hours = store.summaries("cam-1", 3600, limit=None)
    assert sum(hour.frames for hour in hours) == sum(window.frames for window in windows)
    store.close()
