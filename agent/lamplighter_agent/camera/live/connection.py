"""One opened stream of a camera: its packets, and of these the pictures that are wanted."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from lamplighter_wire.clock import Clock

from lamplighter_agent.camera.live.arrival_rate import ArrivalRate
from lamplighter_agent.camera.live.decoding_pace import Skipped, skipped
from lamplighter_agent.camera.live.hardware import decoder_of_machine
from lamplighter_agent.camera.live.options import CameraOptions

CONNECT_S = 5.0
# Who joins a stream in its middle waits for a picture that stands alone; some send none.
KEY_PATIENCE_S = 12.0


class Rates:
    """What comes, over all connections to a camera: packets, and those that stand alone."""

    def __init__(self) -> None:
        self.packets, self.keys = ArrivalRate(), ArrivalRate()

    def open(self, now_s: float) -> None:
        """A connection begins."""
        self.packets.open(now_s)
        self.keys.open(now_s)


class Connection:
    """`damaged` counts what could not be decoded: each costs that picture and no more.

    Args:
        container: as `open_container` gives it.
        is_asked: whether somebody waits for a picture: codecs whose pictures stand alone are
            decoded for them only.
        wanted_fps: how many are wanted a second; 0: not known.
    """

    def __init__(
        self,
        container: Any,
        clock: Clock,
        rates: Rates,
        is_asked: Callable[[], bool],
        wanted_fps: Callable[[], float],
    ) -> None:
        self._container, self._clock, self._rates = container, clock, rates
        self._is_asked, self._wanted_fps = is_asked, wanted_fps
        self._stream = container.streams.video[0]
        self._codec = self._stream.codec_context
        self._codec.thread_count = 1
        self._stands_alone = bool(self._codec.codec.intra_only)
        self._opened_s = clock.monotonic()
        self._has_key = self._stands_alone
        self.claimed_fps = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        self.damaged = self.decoded = 0
        rates.open(self._opened_s)

    def pictures(self) -> Iterator[Any]:
        """Those that are decoded, as av.VideoFrame; None for each packet that brought none.

        Raises:
            av.FFmpegError: the connection has ended.
        """
        import av

        for packet in self._container.demux(self._stream):
            if not packet.size:
                continue
            self._note(packet)
            if self._stands_alone and not self._is_asked():
                yield None
                continue
            try:
                images = packet.decode()
            except (av.FFmpegError, ValueError):
                self.damaged += 1
                yield None
                continue
            yield from self._whole(images) or (None,)

    def _note(self, packet: Any) -> None:
        now_s = self._clock.monotonic()
        self._rates.packets.add(now_s)
        if packet.is_keyframe:
            self._rates.keys.add(now_s)
            self._has_key = True
            if not self._stands_alone:  # what is built upon something left out would be damaged
                self._codec.skip_frame = self._skipped()
        elif now_s - self._opened_s > KEY_PATIENCE_S:
            self._has_key = True

    def _skipped(self) -> Skipped:
        return skipped(self._wanted_fps(), self._rates.packets.fps, self._rates.keys.fps)

    def _whole(self, images: list[Any]) -> list[Any]:
        whole = [image for image in images if self._has_key and not image.is_corrupt]
        self.damaged += len(images) - len(whole)
        self.decoded += len(whole)
        return whole


def open_container(address: str, options: CameraOptions) -> Any:
    """As av.open gives it.

    Raises:
        SourceError: its credentials cannot be read.
        av.FFmpegError: the camera cannot be reached, or gives no video.
    """
    import av

    kind = "v4l2" if address.startswith("/dev/") else None
    wanted = {"rtsp_transport": options.rtsp_transport} if address.startswith("rtsp") else {}
    hardware = decoder_of_machine() if options.hardware else None
    return av.open(
        options.address(address), format=kind, options=wanted, timeout=CONNECT_S, hwaccel=hardware
    )


class BusyCores:
    """Cores that the calling thread keeps busy, over the last seconds."""

    SPAN_S = 10.0

    def __init__(self, clock: Clock, busy_s: Callable[[], float] = time.thread_time) -> None:
        self._clock, self._busy_s = clock, busy_s
        self._began: tuple[float, float] | None = None
        self.cores = 0.0  # 0 before it was measured once

    def look(self) -> None:
        """To be called now and then, on that thread."""
        now = self._clock.monotonic(), self._busy_s()
        if self._began is None:
            self._began = now
        span_s = now[0] - self._began[0]
        if span_s >= self.SPAN_S:
            self.cores, self._began = (now[1] - self._began[1]) / span_s, now
