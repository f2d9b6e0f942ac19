"""Tell the controller what the cameras give, as soon as it is measured and whenever it changes."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from lamplighter_wire.messages import CameraFacts

# Rates are measured over seconds: what differs by less is the same.
SAME_RATE = 0.1
# Decoding costs more where much moves.
SAME_BUSY, SAME_BUSY_CORES = 0.25, 0.02
TellCameras = Callable[[dict[str, CameraFacts]], None]


class MeasuredStream(Protocol):
    """A camera with a name, by what it gave."""

    @property
    def name(self) -> str: ...

    @property
    def facts(self) -> CameraFacts: ...

    @property
    def trouble(self) -> str:
        """Why it gives nothing; empty while it gives frames."""


class CameraReport:
    """What was last told is kept, so that a start begins with it. Safe to use from any thread."""

    def __init__(
        self,
        told: Mapping[str, CameraFacts],
        streams: Sequence[MeasuredStream],
        keep: TellCameras,
        tell: TellCameras,
        keep_troubles: Callable[[dict[str, str]], None],
    ) -> None:
        self._told, self._streams = dict(told), streams
        self._keep, self._tell, self._keep_troubles = keep, tell, keep_troubles
        self._troubles: dict[str, str] | None = None
        self._lock = threading.Lock()

    def look(self) -> None:
        """Tell it where a camera is not what it was taken for; keep what ails those that give none.

        A camera that comes and goes costs the disk no more than a write each time this is called.
        """
        with self._lock:
            troubles = {stream.name: stream.trouble for stream in self._streams}
            if troubles != self._troubles:
                self._keep_troubles(troubles)
            self._troubles = troubles
            now = {
                stream.name: _joined(self._told.get(stream.name, CameraFacts()), stream.facts)
                for stream in self._streams
            }
            if not _differ(self._told, now):
                return
            self._told = now
        self._keep(now)
        self._tell(now)


def _joined(told: CameraFacts, now: CameraFacts) -> CameraFacts:
    """What is not known now is as it was; a rate or cost that is nearly the same is the same."""
    known = {name: value for name, value in msgspec.structs.asdict(now).items() if value}
    if told.fps and abs(now.fps - told.fps) <= SAME_RATE * told.fps:
        known["fps"] = told.fps
    if abs(now.busy_cores - told.busy_cores) <= max(SAME_BUSY * told.busy_cores, SAME_BUSY_CORES):
        known["busy_cores"] = told.busy_cores
    if now.width:
        known["rotation_deg"] = now.rotation_deg
    return msgspec.structs.replace(told, **known)


def _differ(told: Mapping[str, CameraFacts], now: Mapping[str, CameraFacts]) -> bool:
    return any(facts != told.get(name, CameraFacts()) for name, facts in now.items())
