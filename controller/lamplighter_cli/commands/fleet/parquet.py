"""Street counts as a Parquet file, for data frames and warehouses."""

import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import CountRow, count_rows

from lamplighter_cli.errors import CommandError

MISSING = "Parquet needs pyarrow; install it with: pip install 'lamplighter[parquet]'"
MILLISECONDS = 1000


def write_parquet(listed: Sequence[StreetCount], file: BinaryIO) -> None:
    """A row for each interval, movement and class; `count` is null where nothing was watched.

    Raises:
        CommandError: the library for it is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CommandError(MISSING) from None
    rows = list(count_rows(listed))
    columns = {
        name: pyarrow.array([value(row) for row in rows], kind)
        for name, (kind, value) in _columns(pyarrow).items()
    }
    parquet.write_table(pyarrow.table(columns), file)


def standard_output() -> BinaryIO:
    """Where the file goes.

    Raises:
        CommandError: that is a terminal.
    """
    if sys.stdout.isatty():
        raise CommandError("a Parquet file is not for a terminal; add: > counts.parquet")
    return sys.stdout.buffer


def _columns(pyarrow: Any) -> dict[str, tuple[Any, Any]]:
    """Name -> type and where it comes from. `start` is UTC."""
    text, number = pyarrow.string(), pyarrow.float64()

    def start(row: CountRow) -> int:
        return round(row.begin * MILLISECONDS)

    return {
        "device": (text, lambda row: row.device),
        "stream": (text, lambda row: row.stream),
        "start": (pyarrow.timestamp("ms", tz="UTC"), start),
        "seconds": (number, lambda row: row.seconds),
        "street": (pyarrow.int64(), lambda row: row.street),
        "movement": (text, lambda row: row.movement),
        "class": (text, lambda row: row.kind),
        "count": (pyarrow.int64(), lambda row: row.counted),
        "watched_s": (number, lambda row: row.watched_s),
        "trouble": (text, lambda row: row.trouble),
        "speed_kmh": (number, lambda row: row.speed_kmh),
        "speed_count": (pyarrow.int64(), lambda row: row.speed_count),
        "occupancy": (number, lambda row: row.occupancy),
        "notes": (text, lambda row: row.notes),
    }
