"""A file on its way to an engine, which tells how much of it has gone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

STEPS = 10
MB = 1_000_000


class SentFile:
    """What the library for HTTP reads a body from; it asks for the length before.

    Args:
        report: told a line for each tenth that has been read.
    """

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        self._file = path.open("rb")
        self._bytes = path.stat().st_size
        self._report = report
        self._sent_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._bytes

    def __iter__(self) -> Iterator[bytes]:
        """It is read by `read`; that it could be gone through tells the library to stream it."""
        while block := self.read(1 << 16):
            yield block

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self._file.read(size)
        before, self._sent_bytes = self._sent_bytes, self._sent_bytes + len(block)
        if block and self._tenths(before) < self._tenths(self._sent_bytes):
            self._report(f"  sent {self._sent_bytes / MB:.0f} of {self._bytes / MB:.0f} MB")
        return block

    def _tenths(self, sent_bytes: int) -> int:
        return sent_bytes * STEPS // self._bytes
