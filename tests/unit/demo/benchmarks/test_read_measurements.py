"""Measurements of an earlier run, or what somebody took for them."""

from pathlib import Path

import pytest
from lamplighter_demo.benchmarks.envelopes.bench_envelopes import read_measurements
from lamplighter_demo.errors import DemoError


@pytest.mark.parametrize("content", [b"", b"some words\n", b'{"specs": 7}'])
def test_what_holds_none_is_refused_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(DemoError, match=r"holds no measurements .* --out"):
        read_measurements(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="is a folder; name a file"):
        read_measurements(tmp_path)
