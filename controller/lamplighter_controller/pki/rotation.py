"""One authority takes another's place: which folders hold which, and how far that is.

Each authority has a folder of its own, and `rotation.json`, which is replaced at once, says which
of them counts: a power cut leaves the step before, or the one after. A step that is taken again
changes nothing: a crash may have hidden the answer.
"""

from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_controller.errors import ConflictError, DamagedError

FILE = "rotation.json"


class Phase(StrEnum):
    """How far it is."""

    NONE = "none"
    OVERLAP = "overlap"  # devices learn of the next; the old one signs
    SWITCHED = "switched"  # the next one signs; the old one's certificates still count


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """rotation.json.

    Attributes:
        version: of the authorities that devices are to believe; 0: those of their enrolment.
        own: folder, below that of the keys, of the authority that signs; empty: that folder itself.
        other: the one whose certificates count beside; None: there is none.
        number: of authorities that there ever were.
        begun_at: wall time from which on the other one counts beside.
        signs_since: wall time from which on the other one has signed; 0: not yet.
        ended: folder of one whose key has to go; None: it is gone.
    """

    phase: Phase = Phase.NONE
    version: int = 0
    own: str = ""
    other: str | None = None
    number: int = 1
    begun_at: float = 0.0
    signs_since: float = 0.0
    ended: str | None = None


def read_rotation(folder: Path) -> Rotation:
    """How far it is.

    Raises:
        DamagedError: the file is none.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Rotation)
    except FileNotFoundError:
        return Rotation()
    except msgspec.MsgspecError as error:
        raise DamagedError(f"{path} cannot be read ({error}); put it back from a backup") from error


def own_certificate(folder: Path) -> Path:
    """Where the certificate of the authority that signs lies. Raises DamagedError."""
    return folder / read_rotation(folder).own / "ca.crt"


def begin(folder: Path, at: float) -> Rotation:
    """Another authority counts beside the present one, from a wall time on.

    Raises:
        ConflictError: the other one signs already.
    """
    now = read_rotation(folder)
    if now.phase is Phase.SWITCHED:
        raise ConflictError("a rotation is under way; end it: lamplighter authority finish")
    if now.phase is Phase.OVERLAP:
        return now
    number = now.number + 1
    changed = {"phase": Phase.OVERLAP, "other": f"authority-{number}", "number": number}
    begun = msgspec.structs.replace(now, **changed, version=now.version + 1, begun_at=at)
    return _write(folder, begun)


def switch(folder: Path, at: float) -> Rotation:
    """The other one signs, from a wall time on.

    Raises:
        ConflictError: there is none.
    """
    now = read_rotation(folder)
    if now.phase is Phase.SWITCHED:
        return now
    if now.phase is not Phase.OVERLAP or now.other is None:
        raise ConflictError("there is nothing to switch to: lamplighter authority rotate")
    changed = {"phase": Phase.SWITCHED, "own": now.other, "other": now.own}
    return _write(folder, msgspec.structs.replace(now, **changed, signs_since=at))


def finish(folder: Path) -> Rotation:
    """The old one's certificates count no longer; its key goes.

    Raises:
        ConflictError: it signs still.
    """
    now = read_rotation(folder)
    if now.phase is Phase.OVERLAP:
        raise ConflictError("the old authority signs still: lamplighter authority switch")
    if now.phase is Phase.NONE or now.other is None:
        return now
    changed = {"phase": Phase.NONE, "other": None, "ended": now.other}
    return _write(folder, msgspec.structs.replace(now, **changed, version=now.version + 1))


def end_key(folder: Path) -> None:
    """Delete the key of an authority that has ended, if that has not been done."""
    ended = read_rotation(folder).ended
    if ended is not None:
        with suppress(FileNotFoundError):
            (folder / ended / "ca.key").unlink()


def _write(folder: Path, rotation: Rotation) -> Rotation:
    write_atomically(folder / FILE, [msgspec.json.encode(rotation)])
    return rotation
