"""A camera that pushes frames by itself: RTSP, HTTP or a local device.

A thread decodes what comes and keeps the newest picture only, so that nobody ever works on a queue
of old ones. It reconnects for as long as it lives.
"""

import logging
import threading
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.command_line.shown_addresses import shown_address

from lamplighter_agent.camera.decoding import video_library
from lamplighter_agent.camera.frame import Frame, Scaler
from lamplighter_agent.camera.live.arrival_rate import ArrivalRate
from lamplighter_agent.camera.live.failures import BY_CLASS, failure_words

log = logging.getLogger(__name__)

LIVE_PREFIXES = ("rtsp://", "rtsps://", "http://", "https://", "/dev/video")
CONNECT_S = 5.0
RETRY_S = 2.0
# How long `read` waits for a frame before it says that there is none.
PATIENCE_S = 2.0


class LiveSource:
    """The newest frame of a stream.

    Raises:
        SourceError: PyAV is not installed. A camera that is not there is a state, not an error.
    """

    def __init__(
        self, address: str, clock: Clock, retry_s: float = RETRY_S, fps: float | None = None
    ) -> None:
        video_library()
        self._address, self._clock, self._retry_s = address, clock, retry_s
        self._shown = shown_address(address)
        self._scaler = Scaler()
        self._fresh = threading.Condition()
        self._newest: tuple[int, float, Any] | None = None
        self._taken = -1
        self._state, self._claimed_fps, self._most_fps = "lost", 0.0, fps or 0.0
        self._arrivals = ArrivalRate()
        self.reason = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="camera", daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        return self._state

    @property
    def fps(self) -> float:
        """As frames come in; before that was measured, as the stream says; 0.0: not known.

        Never more than the owner has set.
        """
        known = self._arrivals.fps or self._claimed_fps
        return min(known, self._most_fps) if known and self._most_fps else known or self._most_fps

    def read(self) -> Frame | None:
        with self._fresh:
            self._fresh.wait_for(self._has_fresh, PATIENCE_S)
            if self._newest is None or self._newest[0] == self._taken:
                return None
            index, at, image = self._newest
            self._taken = index
        return Frame(index, at, image, self._scaler, self._shown, index)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(CONNECT_S)

    def _has_fresh(self) -> bool:
        return self._newest is not None and self._newest[0] != self._taken

    def _receive(self) -> None:
        import av

        index = 0
        while not self._stop.is_set():
            try:
                index = self._play(av, index)
                reason = BY_CLASS["EOFError"]
            except Exception as error:  # noqa: BLE001 - whatever it is, the camera is tried again
                reason = failure_words(error)
            if reason != self.reason and not self._stop.is_set():
                log.warning("no camera: %s: %s", self._shown, reason)
            self._state, self.reason = "lost", reason
            self._stop.wait(self._retry_s)

    def _play(self, av: Any, index: int) -> int:
        kind = "v4l2" if self._address.startswith("/dev/") else None
        options = {"rtsp_transport": "tcp"} if self._address.startswith("rtsp") else {}
        with av.open(self._address, format=kind, options=options, timeout=CONNECT_S) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            self._claimed_fps = float(stream.average_rate or stream.guessed_rate or 0)
            self._arrivals.open(self._clock.monotonic())
            for image in container.decode(stream):
                self._arrivals.add(self._clock.monotonic())
                self._state, self.reason = "ok", ""
                with self._fresh:
                    self._newest = (index, self._clock.time(), image)
                    self._fresh.notify_all()
                index += 1
                if self._stop.is_set():
                    break
        return index
