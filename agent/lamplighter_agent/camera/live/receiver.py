"""A thread that receives one stream of a camera, and connects again for as long as it lives."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from lamplighter_wire.clock import Clock
from lamplighter_wire.command_line.shown_addresses import shown_address
from numpy.typing import NDArray

from lamplighter_agent.camera.live.connection import BusyCores, Connection, Rates, open_container
from lamplighter_agent.camera.live.failures import BY_CLASS, failure_words
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.live.still_picture import StillPicture
from lamplighter_agent.errors import SourceError

log = logging.getLogger(__name__)

RETRY_S, MOST_RETRY_S, MOST_DOUBLED = 2.0, 30.0, 8
CLOSING_S = 5.0
STANDS_STILL = "its picture has stood still for minutes; start it anew"


class Demand:
    """What is wanted of a camera. Written by who serves it, read by its threads."""

    def __init__(self) -> None:
        self.fps = 0.0  # 0: not known
        self.asked = threading.Event()  # somebody waits for a picture


class Receiver:
    """Gives each new picture to `take`, on its own thread; `state` is ok or lost, and why.

    After a loss it tries again soon, then ever later, up to half a minute.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        options: CameraOptions,
        demand: Demand,
        take: Callable[["Receiver", Any], None],
        retry_s: float = RETRY_S,
    ) -> None:
        self.shown = shown_address(address)
        self._address, self._clock, self._options = address, clock, options
        self._demand, self._take, self._retry_s = demand, take, retry_s
        self._rates, self._still = Rates(), StillPicture()
        self._busy = BusyCores(clock)
        self._claimed_fps = 0.0
        self.state, self.reason = "lost", ""
        self._given = 0  # pictures
        self.size = (0, 0)  # of its pictures; 0: none has come yet
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="camera", daemon=True)
        self._thread.start()

    @property
    def fps(self) -> float:
        """As packets come in; before that was measured, as the stream says; 0.0: not known."""
        return self._rates.packets.fps or self._claimed_fps

    @property
    def busy_cores(self) -> float:
        """Cores that receiving and decoding take; 0.0: not measured yet."""
        return self._busy.cores

    def end(self) -> None:
        """Ask it to end; returns at once."""
        self._stop.set()

    def close(self) -> None:
        self.end()
        self._thread.join(CLOSING_S)

    def _receive(self) -> None:
        failures = 0
        while not self._stop.is_set():
            given = self._given
            try:
                reason = self._play()
            except SourceError as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the camera is tried again
                reason = failure_words(error)
            is_well = self._given > given and reason != STANDS_STILL
            failures = 0 if is_well else failures + 1
            self._lose(reason)
            self._stop.wait(_pause_s(self._retry_s, failures))

    def _play(self) -> str:
        """Hand on the pictures of one connection; why it has ended."""
        with open_container(self._address, self._options) as container:
            connection = Connection(
                container, self._clock, self._rates, self._demand.asked.is_set, self._wanted_fps
            )
            self._claimed_fps = connection.claimed_fps
            for image in connection.pictures():
                if self._stop.is_set():
                    break
                self._busy.look()
                if image is not None and not self._show(image):
                    return STANDS_STILL
        return BY_CLASS["EOFError"]

    def _wanted_fps(self) -> float:
        return self._demand.fps

    def _show(self, image: Any) -> bool:
        """Hand a picture on; False: it has stood still for too long."""
        if self._still.stands(_brightness(image), self._clock.monotonic()):
            return False
        self._given += 1
        self.size = (image.width, image.height)
        self.state, self.reason = "ok", ""
        self._take(self, image)
        return True

    def _lose(self, reason: str) -> None:
        is_news = self.state == "ok" or reason != self.reason
        if is_news and not self._stop.is_set():
            log.warning("no camera: %s: %s", self.shown, reason)
        self.state, self.reason = "lost", reason


def _pause_s(retry_s: float, failures: int) -> float:
    """Before the next attempt: soon at first, then ever later."""
    longer = 1 << max(0, min(failures - 1, MOST_DOUBLED))
    return min(retry_s * longer, max(MOST_RETRY_S, retry_s))


def _brightness(image: Any) -> NDArray[np.uint8]:
    return np.frombuffer(image.planes[0], np.uint8)
