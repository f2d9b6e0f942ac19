"""A source that may not be there yet: a camera that boots later, a clip that is mounted later."""

import logging

from lamplighter_wire.clock import Clock
from lamplighter_wire.command_line.shown_addresses import conceal_addresses

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.recorded import RETRY_S, open_source
from lamplighter_agent.errors import SourceError

log = logging.getLogger(__name__)


class LateSource:
    """Opens the named source on the first read, and tries again while it cannot."""

    def __init__(self, spec: str, clock: Clock, options: CameraOptions | None = None) -> None:
        self._spec, self._clock = spec, clock
        self._options = options or CameraOptions()
        self._source: FrameSource | None = None
        self._failed = False
        self._why = ""

    @property
    def reason(self) -> str:
        """Why it is lost; empty where it is not."""
        return self._source.reason if self._source is not None else self._why

    @property
    def state(self) -> str:
        """ok | lost | ended"""
        if self._source is not None:
            return self._source.state
        return "lost" if self._failed else "ok"

    @property
    def fps(self) -> float:
        """Frames per second of the source; 0 while it is unknown."""
        return self._source.fps if self._source else self._options.most_fps

    @property
    def busy_cores(self) -> float:
        """Of the source; 0 while it is unknown."""
        return self._source.busy_cores if self._source else 0.0

    def want(self, fps: float, width: int, height: int) -> None:
        if self._source is not None:
            self._source.want(fps, width, height)

    def read(self) -> Frame | None:
        if self._source is None:
            try:
                self._source = open_source(self._spec, self._clock, self._options)
            except SourceError as error:
                if not self._failed:
                    log.warning("no camera: %s", error)
                self._failed, self._why = True, conceal_addresses(str(error))
                self._clock.sleep(RETRY_S)
                return None
        return self._source.read()

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
