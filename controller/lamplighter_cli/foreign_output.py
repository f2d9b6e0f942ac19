"""What other libraries print while they work: into a file, away from the operator's terminal."""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from lamplighter_cli.progress import report

OURS = "lamplighter"
STDERR = 2
LIBRARIES_LOG = "libraries.log"  # beside what is built


@contextlib.contextmanager
def foreign_output_to(log: Path) -> Iterator[None]:
    """What is written to standard error inside goes to a file, but for what Lamplighter says.

    That is what parts in C and C++ write, and what libraries log or warn of in Python. Where the
    work fails, the file is named.

    Args:
        log: begun anew.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file, _descriptor_to(file):
        handler = _Apart(file)
        with _root_logs_to(handler), _warnings_to(file):
            try:
                yield
            except Exception:
                if log.stat().st_size:
                    report(f"what other libraries said before: {log}")
                raise


@contextlib.contextmanager
def _descriptor_to(file: TextIO) -> Iterator[None]:
    """The process's standard error is the file meanwhile; Python's own stays where it was."""
    kept, python = os.dup(STDERR), sys.stderr
    own: TextIO | None = None
    try:
        sys.stderr.flush()
        if _is_process_own(python):
            own = io.TextIOWrapper(
                os.fdopen(os.dup(kept), "wb", buffering=0),
                encoding=python.encoding,
                errors=python.errors,
                write_through=True,
            )
            sys.stderr = own
        os.dup2(file.fileno(), STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        sys.stderr = python
        if own is not None:
            own.close()


def _is_process_own(stream: TextIO) -> bool:
    """Whether what is written to it goes to the descriptor; a test's or a tool's may not."""
    try:
        return stream.fileno() == STDERR
    except (OSError, ValueError, AttributeError):
        return False


class _Apart(logging.Handler):
    """Our own records to standard error, all others to a file."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(logging.WARNING)
        self._file = file
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Of a logger by the name of its module."""
        is_own = record.name.partition(".")[0].startswith(OURS)
        print(
            record.getMessage() if is_own else self.format(record),
            file=sys.stderr if is_own else self._file,
            flush=True,
        )


@contextlib.contextmanager
def _root_logs_to(handler: logging.Handler) -> Iterator[None]:
    """Meanwhile alone: whoever sets a root handler up inside finds one there."""
    before = logging.root.handlers[:]
    logging.root.handlers[:] = [handler]
    try:
        yield
    finally:
        logging.root.handlers[:] = before


@contextlib.contextmanager
def _warnings_to(log: TextIO) -> Iterator[None]:
    """Those that other packages are the cause of."""
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            is_own = any(part.startswith(f"{OURS}_") for part in Path(filename).parts)
            shown(message, category, filename, lineno, file if is_own else log, line)

        warnings.showwarning = show
        yield
