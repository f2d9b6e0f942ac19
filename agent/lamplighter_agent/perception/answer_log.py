"""Answers to every n-th frame as lines of JSON, where the settings ask for it."""

import logging
from collections.abc import Callable

import msgspec

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

ANSWERS_FILE = "detections.jsonl"
# The log is for demonstrations; it must not fill a disk that someone forgets.
MAX_ANSWERS_BYTES = 64 * 1024 * 1024


class AnswerLog:
    """Lines of one stream, in the one file in the state folder.

    A disk that cannot be written costs lines, nothing else.
    """

    def __init__(self, settings: AgentSettings, stream: str = "") -> None:
        self._stream = stream
        self._every = settings.detections_every
        self._path = settings.state_dir / ANSWERS_FILE
        self._count = 0

    def add(
        self,
        frame: Frame,
        result: FrameResult,
        variant: str,
        later: Callable[[Callable[[], None]], object] = lambda write: write(),
    ) -> None:
        """A served frame, and the variant that served it. `later` may write it at its leisure."""
        self._count += 1
        if not self._every or self._count % self._every:
            return
        line = _line(self._stream, frame, result, variant)
        later(lambda: self._write(line))

    def _write(self, line: bytes) -> None:
        try:
            with self._path.open("ab") as file:
                if file.tell() < MAX_ANSWERS_BYTES:
                    file.write(line)
        except OSError as error:
            log.warning("answers not logged: %s", error)


def _line(stream: str, frame: Frame, result: FrameResult, variant: str) -> bytes:
    fields = {
        "stream": stream,
        "at": frame.at,
        "index": frame.index,
        "clip": frame.clip,
        "clip_index": frame.clip_index,
        "phase": frame.phase,
        "variant": variant,
        "boxes": [[round(float(value), 3) for value in box] for box in result.answer],
    }
    return msgspec.json.encode(fields) + b"\n"
