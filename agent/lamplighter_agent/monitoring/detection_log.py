"""Boxes of every n-th frame as lines of JSON, where the settings ask for it."""

import logging

import msgspec

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.perception.detecting import Detections
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

DETECTIONS_FILE = "detections.jsonl"
# The log of boxes is for demonstrations; it must not fill a disk that someone forgets.
MAX_DETECTIONS_BYTES = 64 * 1024 * 1024


class DetectionLog:
    """One file in the state folder. A disk that cannot be written costs lines, nothing else."""

    def __init__(self, settings: AgentSettings) -> None:
        self._every = settings.detections_every
        self._path = settings.state_dir / DETECTIONS_FILE
        self._count = 0

    def add(self, frame: Frame, detections: Detections, variant: str) -> None:
        """A served frame, and the variant that served it."""
        self._count += 1
        if not self._every or self._count % self._every:
            return
        try:
            with self._path.open("ab") as file:
                if file.tell() < MAX_DETECTIONS_BYTES:
                    file.write(_line(frame, detections, variant))
        except OSError as error:
            log.warning("boxes not logged: %s", error)


def _line(frame: Frame, detections: Detections, variant: str) -> bytes:
    fields = {
        "at": frame.at,
        "index": frame.index,
        "clip": frame.clip,
        "clip_index": frame.clip_index,
        "phase": frame.phase,
        "variant": variant,
        "boxes": [[round(float(value), 3) for value in box] for box in detections.boxes],
    }
    return msgspec.json.encode(fields) + b"\n"
