"""Street counts as a Parquet file."""

import io
import sys
from datetime import UTC, datetime

import pytest
from lamplighter_cli.commands.fleet.parquet import _columns, write_parquet
from lamplighter_cli.errors import CommandError
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import row_titles

COUNTED = StreetCount(
    device="cam-1",
    start=1.8e9,
    seconds=900.0,
    counts={"north/in": {"car": 3}},
    watched_s=900.0,
    notes=["on trial", "swapped"],
)
GAP = StreetCount(device="cam-1", start=1.8e9 + 900, seconds=900.0, trouble="lost")


def test_numbers_have_their_types_and_a_gap_is_null() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    file = io.BytesIO()
    write_parquet([COUNTED, GAP], file)
    table = parquet.read_table(file)
    assert table.column("count").to_pylist() == [3, None]
    assert table.column("class").to_pylist() == ["car", "car"]
    assert table.column("start").to_pylist()[0] == datetime.fromtimestamp(1.8e9, UTC)
    assert table.column("trouble").to_pylist() == ["", "lost"]
    assert table.column("notes").to_pylist() == ["on trial; swapped", ""]


def test_the_columns_are_those_of_a_spreadsheet() -> None:
    class Types:
        def __getattr__(self, _name: str) -> object:
            return lambda *_, **__: None

    assert list(_columns(Types())) == row_titles()


def test_without_the_library_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CommandError, match=r"pip install 'lamplighter\[parquet\]'"):
        write_parquet([COUNTED], io.BytesIO())
