"""Fourteen days of ten thousand devices fit on a disk that a city has."""

from pathlib import Path

from lamplighter_demo.benchmarks.telemetry_volume import bench_volume

BEFORE = 1422  # bytes of such a window as a document with an index of its own


def test_a_fleet_of_ten_thousand_takes_less_than_100_gb_in_14_days(tmp_path: Path) -> None:
    volume = bench_volume(tmp_path, devices=12, hours=3)
    assert volume["gb_of_10000_devices_for_14_days"] < 60
    assert volume["bytes_per_window"] < BEFORE / 4
    assert volume["bytes_per_device_and_day_in_summaries"] < 250_000
