"""The running agent's sign of life: a small file that another process can judge.

It is written once a second, so it belongs in memory (tmpfs), not on a memory card. Its time is the
kernel's monotonic clock, which all processes share and which no correction moves.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from lamplighter_agent.errors import AgentError

SILENT_S = 30.0
"""An agent without a sign of life for this long hangs or has ended."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How the agent stood when it last gave a sign."""

    age_s: float
    state: str  # of its session: online, connecting, …


def beat(path: Path, state: str) -> None:
    """Write a sign of life; a reader sees the old one or this one, whole.

    Raises:
        AgentError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(f"{time.monotonic():.3f} {state}\n")
        beside.replace(path)
    except OSError as error:
        raise AgentError(f"cannot write {path}: {error.strerror}; check heartbeat_file") from error


def read_heartbeat(path: Path) -> Heartbeat:
    """The last sign of life.

    Raises:
        AgentError: there is none, or it is too old.
    """
    try:
        at_s, state = path.read_text().split()
        age_s = time.monotonic() - float(at_s)
    except (OSError, ValueError) as error:
        raise AgentError(f"no sign of life in {path}; is `lamplighter-agent run` up?") from error
    if age_s > SILENT_S:
        raise AgentError(f"no sign of life for {age_s:.0f} s; see the agent's log and restart it")
    return Heartbeat(age_s, state)
