"""What the agent remembers of its deployment: one small file, replaced as a whole.

A record is written to a temporary file, synced, renamed over the old one, and the directory is
synced: after a power cut the file holds either the old record or the new one. A copy of the last
one at rest lies beside it: what is known-good is found whatever becomes of either file.
"""

import errno
import logging
from contextlib import suppress
from pathlib import Path

import msgspec
from lamplighter_wire.files import set_aside, write_atomically
from lamplighter_wire.messages import Desired, Limits, Rung, Transfer, Trial
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy

from lamplighter_agent.deployment.state_machine import RESTING, Machine, Phase
from lamplighter_agent.errors import AgentError, DiskFullError

log = logging.getLogger(__name__)

COPY = "known-good.json"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Machine, pointers and the figures of the deployment in hand."""

    machine: Machine = Machine()
    desired: Desired | None = None  # of the deployment in hand, or the last one
    waiting: Desired | None = None  # arrived during a rollback
    known_good: Rung | None = None
    ladder: list[Rung] = []  # proven rungs, resident on disk
    phases: list[tuple[str, float]] = []
    transfer: Transfer = Transfer()
    trial: Trial | None = None
    golden_f1: float = -1.0
    gap_ms: float = 0.0


class Journal:
    """The record on disk, which may be full, read-only or damaged."""

    def __init__(self, path: Path) -> None:
        self._path, self._copy = path, path.with_name(COPY)
        self._copied: bytes | None = None
        with suppress(OSError):  # a disk that is read-only: told when it is to be written
            path.parent.mkdir(parents=True, exist_ok=True)

    def load(self) -> Record:
        """The last record saved, or the last one at rest where that is missing or damaged.

        An empty one at first, or when neither can be read.
        """
        return _read(self._path) or _read(self._copy) or Record()

    def save(self, record: Record) -> None:
        """Replace the record on disk.

        Raises:
            DiskFullError: there is no room.
            AgentError: the file cannot be written.
        """
        data = msgspec.json.encode(record)
        try:
            write_atomically(self._path, [data])
        except OSError as error:
            kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else AgentError
            raise kind(f"cannot write {self._path}: {error}") from error
        if record.machine.phase in RESTING and record.known_good is not None:
            self._save_copy(data)

    def _save_copy(self, data: bytes) -> None:
        """The deployment does not depend on it: what goes wrong is told and no more."""
        if data == self._copied:
            return
        try:
            write_atomically(self._copy, [data])
            self._copied = data
        except OSError as error:
            log.warning("no copy of the journal: %s", error)


def _read(path: Path) -> Record | None:
    """What a file holds; one that is damaged is set aside."""
    try:
        return _upgraded(msgspec.json.decode(path.read_bytes(), type=Record))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.error("the journal %s cannot be read, it is set aside: %s", path.name, error)
        set_aside(path)
        return None


def _upgraded(record: Record) -> Record:
    """A record of an agent that told a rollback from a failure by `loads`."""
    machine = record.machine
    if machine.phase is not Phase.FAILED or not machine.loads:
        return record
    machine = msgspec.structs.replace(machine, loads=0, rolled_back=True)
    return msgspec.structs.replace(record, machine=machine)


def known_rungs(record: Record) -> list[Rung]:
    """What may serve without proof: known-good first, then the ladder."""
    good = [record.known_good] if record.known_good else []
    return good + [rung for rung in record.ladder if rung not in good]


def limits_of(record: Record, power_budget_w: float) -> Limits:
    """Of the newest desired state; the device's own power budget where that has none."""
    limits = record.desired.limits if record.desired else Limits()
    return msgspec.structs.replace(limits, power_w=limits.power_w or power_budget_w)


def policy_of(record: Record) -> DevicePolicy:
    """Of the newest desired state; the defaults where there is none."""
    return record.desired.policy if record.desired else DEFAULTS
