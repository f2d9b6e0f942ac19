"""Secrets that a command is given: read from where others do not look, hidden where they do."""

import contextlib
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from lamplighter_wire.errors import SettingsError, os_error_text

STANDARD_INPUT, FILE = "-", "@"
MOST_BYTES = 4096
# Position of `arg_start` behind the name in /proc/self/stat, see proc(5).
_ARG_START = 45


def read_secret(given: str) -> str:
    """The secret itself, or for "-" the first line of standard input, for "@FILE" that of a file.

    Raises:
        SettingsError: the file cannot be read, or there is nothing in it.
    """
    if given == STANDARD_INPUT:
        source, text = "standard input", sys.stdin.readline(MOST_BYTES)
    elif given.startswith(FILE):
        source, text = given[1:], _first_line(Path(given[1:]))
    else:
        return given
    if not text.strip():
        raise SettingsError(f"there is no token in {source}")
    return text.strip()


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        words = os_error_text(error, path) if isinstance(error, OSError) else f"{path} is no text"
        raise SettingsError(f"the token's file: {words}") from error


def hide_arguments(option: str, arguments: Iterable[str]) -> None:
    """Overwrite what follows an option in what process lists show of this process.

    They show it until then, so it is better not given as an argument at all.
    """
    words = list(arguments)
    secrets = [word for before, word in pairwise(words) if before == option]
    secrets += [w.removeprefix(f"{option}=") for w in words if w.startswith(f"{option}=")]
    for secret in secrets:
        if secret != STANDARD_INPUT and not secret.startswith(FILE):
            with contextlib.suppress(OSError, ValueError, IndexError):  # no Linux
                _overwrite(secret.encode())


def _overwrite(secret: bytes) -> None:
    shown = Path("/proc/self/cmdline").read_bytes().index(secret)
    numbers = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
        memory.seek(int(numbers[_ARG_START]) + shown)
        memory.write(b"*" * len(secret))
