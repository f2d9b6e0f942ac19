"""Envelopes limit a process for real, whichever cause this machine allows."""

import sys
import time
from pathlib import Path

import psutil
import pytest
from lamplighter_demo.city.envelopes import Envelope, Realised, quota_and_period_us
from lamplighter_demo.city.processes import Child

WAIT_S = 60.0
# A process that never ran keeps every limit.
RUNS = 0.02
BUSY = "import time\nwhile True: pass"


def _cpu_share(realised: Realised, tmp_path: Path, seconds: float = 1.0) -> float:
    child = Child("busy", [sys.executable, "-c", BUSY], tmp_path / "log", enter=realised.enter)
    child.start()
    realised.started(child.pid)
    try:
        process = psutil.Process(child.pid)
        process.cpu_percent()
        return process.cpu_percent(interval=seconds) / 100
    finally:
        child.power_off()
        realised.close()


def test_a_quota_holds_the_process_down(tmp_path: Path) -> None:
    realised = Realised("quota", Envelope(cpu_quota_cores=0.3))
    assert "0.3 core" in realised.realised_by
    assert RUNS < _cpu_share(realised, tmp_path) < 0.5


def test_a_quota_below_the_least_of_a_short_period_holds_as_well(tmp_path: Path) -> None:
    realised = Realised("cut", Envelope(cpu_quota_cores=0.3))
    realised.set_quota(0.05)
    assert 0.0 < _cpu_share(realised, tmp_path) < 0.08


def test_stopping_and_continuing_does_it_where_groups_are_not_writable(
    tmp_path: Path, monkeypatch: object
) -> None:
    realised = Realised("nogroup", Envelope(cpu_quota_cores=0.3))
    realised._cpu.remove()  # noqa: SLF001
    realised._cpu.available = False  # noqa: SLF001
    assert RUNS < _cpu_share(realised, tmp_path) < 0.6


@pytest.mark.parametrize(
    ("cores", "expected"),
    [(0.3, (3000, 10_000)), (1.5, (15_000, 10_000)), (0.05, (1000, 20_000))],
)
def test_no_quota_is_below_what_the_kernel_takes(cores: float, expected: tuple[int, int]) -> None:
    assert quota_and_period_us(cores) == expected


def test_no_limit_says_so() -> None:
    assert Realised("free", Envelope()).realised_by == "no limit"


def test_a_child_that_dies_shows_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child("bad", [sys.executable, "-c", "raise SystemExit('reason')"], tmp_path / "log")
    child.start()
    deadline = time.monotonic() + WAIT_S
    while child.running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.running
    assert "reason" in child.last_lines()
