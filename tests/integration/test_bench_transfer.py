"""`lamplighter bench transfer`, small: real mosquitto, fetchers in processes of their own."""

from pathlib import Path

import pytest
from lamplighter_demo.benchmarks.transfer.fetching_processes import FetchingProcesses, write_names
from lamplighter_demo.benchmarks.transfer.plain_broker import plain_broker
from lamplighter_demo.benchmarks.transfer.run import bench_transfer

pytestmark = pytest.mark.broker


def test_every_device_gets_everything_and_the_chunks_go_out_few_times(tmp_path: Path) -> None:
    told: list[str] = []
    bare, ours = bench_transfer(tmp_path, 6, 12, 0.0, 1, told.append)
    assert (bare["way"], ours["way"]) == ("bare", "ours")
    assert bare["publications_per_chunk"] == bare["heard_over_needed"] == 1.0
    assert 1.0 <= ours["publications_per_chunk"] <= 6.0
    assert 1.0 <= ours["heard_over_needed"] < 2.5
    assert ours["ratio"] == pytest.approx(ours["mb_per_s"] / bare["mb_per_s"], rel=0.01)
    assert bare["incomplete_devices"] == ours["incomplete_devices"] == 0
    assert len(told) == 1
    stored = [path for path in tmp_path.glob("ours0/*/*/*") if len(path.name) == 64]
    assert len(stored) == 6 * 12


def test_a_bare_device_gives_up_what_does_not_come(tmp_path: Path) -> None:
    names = tmp_path / "chunks.json"
    write_names(names, ["0" * 64])
    with plain_broker(tmp_path / "broker") as port:
        waiting = FetchingProcesses(
            2, port, names, tmp_path / "devices", "bare", "--bare", "--silent-s", "0.2"
        )
        assert [device.missing for device in waiting.fetch()] == [1, 1]
