"""The edge of every command line: whatever ends a command becomes a line and an exit code."""

import contextlib
import hashlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from lamplighter_wire.errors import os_error_text

FAILED, WRONG_USE = 1, 2
FAULT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED, TERMINATED = 130, 143  # 128 and the signal, as shells count
AGAIN_S = 0.1  # after which an import may have ended
MOST = 200  # characters of a message that nobody has written for people

MEANINGS = {
    FAULT: "A fault of Lamplighter itself; the message names a file with the trace, to report.",
    INTERRUPTED: "Stopped by Ctrl-C.",
    TERMINATED: "Stopped by SIGTERM.",
}


class Ending(NamedTuple):
    """How a command ends: its exit code, and what is said on standard error."""

    code: int
    text: str


def run_command(
    program: str, command: Callable[[], int], explain: Callable[[Exception], Ending | None]
) -> int:
    """The command's exit code; no exception leaves it.

    Args:
        program: stands before what is said.
        command: what is to be done. SIGTERM interrupts it as Ctrl-C does, so that it cleans up.
        explain: how the program's own errors end. None: not one of these.
    """
    unreadable = [word for word in sys.argv[1:] if not _is_text(word)]
    if unreadable:
        named = unreadable[0].encode(errors="surrogateescape").decode(errors="replace")
        remedy = "type it anew, or rename the file"
        return _say(program, Ending(WRONG_USE, f"{named!r} is no text in UTF-8; {remedy}"))
    with _interruptions() as signals:
        try:
            code = command()
        except KeyboardInterrupt:
            code = INTERRUPTED
        except BrokenPipeError:
            _let_go_of_output()
            return FAILED
        except Exception as error:  # noqa: BLE001 - the edge: all else has its ending here
            if not signals:  # else it is what a library has made of the interruption
                return _say(program, explain(error) or _outside(error) or _fault(error))
            code = INTERRUPTED
    if code != INTERRUPTED:
        return code
    # Whoever presses it again while threads end wants the process to end at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _say(
        program, Ending(TERMINATED if signal.SIGTERM in signals else INTERRUPTED, "stopped")
    )


def leave_interruptions() -> None:
    """In a process that a command has started: Ctrl-C is the command's, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def interruptions_held() -> Iterator[None]:
    """Processes that are started meanwhile hear no Ctrl-C, not even while they begin.

    It is the command's, which hears of it afterwards and ends them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_text(word: str) -> bool:
    try:
        return bool(word.encode()) or not word
    except UnicodeEncodeError:
        return False


@contextlib.contextmanager
def _interruptions() -> Iterator[list[int]]:
    """SIGINT and SIGTERM interrupt, and are noted; where somebody has said otherwise it stays so.

    Not in the middle of an import: native code that is being set up would end the process.
    """
    noted: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            noted.append(number)
        if len(noted) == 1 and _is_importing(frame):
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
            return
        raise KeyboardInterrupt

    handled = (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in handled}
    usual = (signal.SIG_DFL, signal.default_int_handler)
    taken = [number for number in handled if before[number] in usual]
    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield noted
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in taken:
            signal.signal(number, before[number])


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


def _outside(error: Exception) -> Ending | None:
    """What the operating system refuses, whichever command asked."""
    match error:
        case OSError():
            return Ending(FAILED, os_error_text(error))
        case MemoryError():
            return Ending(FAILED, "there is not enough memory; end other programs or ask for less")
    return None


def _fault(error: Exception) -> Ending:
    trace = "".join(traceback.format_exception(error)).encode(errors="replace")
    summary = f"this is a fault of Lamplighter: {type(error).__name__}: {str(error)[:MOST]}"
    # The same fault again is the same file: whoever starts anew for ever fills no disk.
    name = f"lamplighter-fault-{hashlib.sha256(trace).hexdigest()[:12]}.txt"
    path = Path(tempfile.gettempdir()) / name
    try:
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(trace)
    except OSError as refused:
        return Ending(FAULT, f"{summary}; its trace cannot be kept: {os_error_text(refused, path)}")
    return Ending(FAULT, f"{summary}; please report it with {path}")


def _say(program: str, ending: Ending) -> int:
    line = f"{program}: {ending.text}\n".encode(errors="replace").decode()
    try:
        sys.stderr.write(line)
        sys.stderr.flush()
    except OSError:
        _let_go_of_output()
    return ending.code


def _let_go_of_output() -> None:
    """Nobody reads it any more, and the interpreter is not to say so when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
