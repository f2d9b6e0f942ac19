"""A wall clock that is wrong, for a whole process with its libraries: loaded before libc."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


class WrongClock:
    """Wrong by what a file says, from a second after it is written; durations stay right.

    Raises:
        RuntimeError: there is no C compiler.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "wrong_s"
        self.environment = {
            "LD_PRELOAD": str(_library(folder)),
            "WRONG_CLOCK_FILE": str(self._file),
        }
        self.set(0.0)

    def set(self, wrong_s: float) -> None:
        """Step the clock: seconds ahead of the right time, negative behind it."""
        part = self._file.with_suffix(".part")
        part.write_text(f"{wrong_s:.0f}\n")
        part.replace(self._file)


def _library(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("install a C compiler (Debian: gcc)")
    target = folder.resolve() / "wrong_clock.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(target), str(SOURCE)]
    subprocess.run(command, check=True)
    return target
