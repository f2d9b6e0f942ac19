"""A camera that pushes frames by itself: RTSP, HTTP or a local device.

Only the newest picture is kept, so that nobody ever works on a queue of old ones. Where the camera
has a smaller stream too, that one is received while its pictures are large enough for the network.
"""

import threading
from typing import Any

from lamplighter_wire.clock import Clock

from lamplighter_agent.camera.decoding import video_library
from lamplighter_agent.camera.frame import Frame, Scaler
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.live.receiver import RETRY_S, Demand, Receiver

LIVE_PREFIXES = ("rtsp://", "rtsps://", "http://", "https://", "/dev/video")
# How long `read` waits for a frame before it says that there is none.
PATIENCE_S = 2.0
# The main stream stands in for a smaller one that has given nothing for so long.
SUB_PATIENCE_S = 20.0


class LiveSource:
    """The newest frame of a stream.

    Raises:
        SourceError: PyAV is not installed. A camera that is not there is a state, not an error.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        retry_s: float = RETRY_S,
        options: CameraOptions | None = None,
    ) -> None:
        video_library()
        self._clock, self._retry_s = clock, retry_s
        self._options = options or CameraOptions()
        self._addresses = {"main": address, "sub": self._options.sub_address}
        self._scaler, self._demand = Scaler(), Demand()
        self._fresh = threading.Condition()
        self._newest: tuple[int, float, Any] | None = None
        self._index, self._taken = 0, -1
        self._seen_s = clock.monotonic()  # when the last picture came
        self._sub_size: tuple[int, int] | None = None
        # Which stream is wanted, and which is received: another takes over with its first picture.
        self._wanted = self._kind = "sub" if self._options.sub_address else "main"
        self._next: Receiver | None = None
        with self._fresh:  # its first picture waits for this
            self._receiver = self._received(self._kind)

    @property
    def state(self) -> str:
        return self._receiver.state

    @property
    def reason(self) -> str:
        return self._receiver.reason

    @property
    def fps(self) -> float:
        """Frames per second that it gives, never more than the owner has set; 0.0: not known."""
        known, most = self._receiver.fps, self._options.most_fps
        return min(known, most) if known and most else known or most

    @property
    def busy_cores(self) -> float:
        """Cores that receiving and decoding take; 0.0: not measured yet."""
        return self._receiver.busy_cores

    def want(self, fps: float, width: int, height: int) -> None:
        self._demand.fps = fps
        if self._options.sub_address:
            with self._fresh:
                self._choose(self._needed(width, height))

    def read(self) -> Frame | None:
        self._demand.asked.set()
        with self._fresh:
            self._fresh.wait_for(self._has_fresh, PATIENCE_S)
            if self._newest is None or self._newest[0] == self._taken:
                return None
            index, at, image = self._newest
            self._taken = index
        return Frame(index, at, image, self._scaler, self._receiver.shown, index)

    def close(self) -> None:
        for receiver in filter(None, (self._next, self._receiver)):
            receiver.close()

    def _has_fresh(self) -> bool:
        return self._newest is not None and self._newest[0] != self._taken

    def _received(self, kind: str) -> Receiver:
        options = self._options.of_sub_stream()
        return Receiver(
            self._addresses[kind], self._clock, options, self._demand, self._take, self._retry_s
        )

    def _needed(self, width: int, height: int) -> str:
        """The stream that gives pictures large enough."""
        if self._kind == "sub" and self._clock.monotonic() - self._seen_s > SUB_PATIENCE_S:
            return "main"
        if self._sub_size is None:
            # It is tried beside the main stream, and takes over with its first picture.
            return "sub"
        return "sub" if width <= self._sub_size[0] and height <= self._sub_size[1] else "main"

    def _choose(self, kind: str) -> None:
        """The other stream is opened beside this one, so that no frame is lost meanwhile."""
        if kind == self._wanted:
            return
        self._wanted = kind
        if self._next is not None:
            self._next.end()
        self._next = None if kind == self._kind else self._received(kind)

    def _take(self, receiver: Receiver, image: Any) -> None:
        """A picture has come, on the receiver's thread."""
        with self._fresh:
            if receiver is self._next:
                self._receiver.end()
                self._receiver, self._next, self._kind = receiver, None, self._wanted
            elif receiver is not self._receiver:
                return
            self._demand.asked.clear()
            self._seen_s = self._clock.monotonic()
            if self._kind == "sub":
                self._sub_size = receiver.size
            self._newest = (self._index, self._clock.time(), image)
            self._index += 1
            self._fresh.notify_all()
