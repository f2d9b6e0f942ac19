"""As much of `systemctl` and `journalctl` as an installation uses: it runs one unit's program.

For devices of tests, which have no systemd. What a unit says of limits and rights is not heeded.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS, RUN = Path("/etc/systemd/system"), Path("/run")
READY_S = 60.0


def main(program: str, words: list[str]) -> int:
    if program == "journalctl":
        sys.stdout.write(_log(words[words.index("--unit") + 1]).read_text())
        return 0
    verb, unit = words[0], words[-1]
    if verb == "restart":
        _stop(unit)
        return _start(unit)
    return 0 if verb in ("daemon-reload", "enable") or _is_alive(unit) else 3


def _start(unit: str) -> int:
    said = [line.partition("=") for line in (UNITS / unit).read_text().splitlines()]
    lines = [(key, value) for key, _, value in said]
    environment = dict(value.split("=", 1) for key, value in lines if key == "Environment")
    command = next(value for key, value in lines if key == "ExecStart").split()
    for folder in (value for key, value in lines if key == "RuntimeDirectory"):
        (RUN / folder).mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard, _log(unit).open("wb") as log:
        (RUN / f"{unit}.notify").unlink(missing_ok=True)
        heard.bind(str(RUN / f"{unit}.notify"))
        heard.settimeout(0.1)
        told = {"NOTIFY_SOCKET": f"{RUN}/{unit}.notify"}
        started = subprocess.Popen(
            command,
            env=os.environ | environment | told,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        (RUN / f"{unit}.pid").write_text(str(started.pid))
        until = time.monotonic() + READY_S
        while started.poll() is None and time.monotonic() < until:
            with suppress(TimeoutError):
                if b"READY=1" in heard.recv(4096):
                    return 0
    return 1


def _stop(unit: str) -> None:
    if _is_alive(unit):
        os.killpg(_pid(unit), signal.SIGTERM)
        while _is_alive(unit):
            time.sleep(0.05)


def _is_alive(unit: str) -> bool:
    pid = _pid(unit)
    if not pid:
        return False
    with suppress(FileNotFoundError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def _pid(unit: str) -> int:
    with suppress(FileNotFoundError):
        return int((RUN / f"{unit}.pid").read_text())
    return 0


def _log(unit: str) -> Path:
    return RUN / f"{unit}.log"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[0]).name, sys.argv[1:]))
