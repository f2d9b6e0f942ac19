"""Which service answers which channel."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Message, Request, Telemetry

from lamplighter_controller.link.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.services.decision_queue import DecisionQueue

log = logging.getLogger(__name__)

# A larger batch saves little, and holds up what comes after it.
MOST_WINDOWS = 500

Receive = Callable[[str, Any], None]
ReceiveWindows = Callable[[Sequence[Telemetry]], None]


def inbound_handlers(
    receivers: Mapping[str, Receive],
    receive_windows: ReceiveWindows,
    queue: DecisionQueue,
    chunks: ChunkServer,
) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the queue; chunk requests wait for nobody.

    Args:
        receivers: channel -> `receive(device, message)`, called on the deciding thread.
        receive_windows: the same for windows, all that have come meanwhile at once.
        queue: the deciding thread's.
        chunks: answers requests for chunks.
    """
    windows = WindowBatches(receive_windows, queue)

    def _later(receive: Receive) -> ServiceHandler:
        def handle(device: str, message: Message, done: Done) -> None:
            windows.note_other(device)
            queue.submit(_handle, receive, device, message, done)

        return handle

    handlers: dict[str, ServiceHandler] = {
        channel: _later(receive) for channel, receive in receivers.items()
    }
    handlers["telemetry"] = windows.add
    decide = handlers["request"]

    def _request(device: str, request: Request, done: Done) -> None:
        if request.kind == RequestKind.CHUNKS:
            chunks.request(device, request.chunks)
            done()
        else:
            decide(device, request, done)

    return handlers | {"request": _request}


class WindowBatches:
    """Windows wait together while the deciding thread is at work, and are handled at once.

    Under little load a batch is one window; the more come, the larger batches are. A batch ends at
    the window of a device that has sent something else since the batch began, so that all that
    one device sends is handled in the order in which it came.
    """

    def __init__(self, receive: ReceiveWindows, queue: DecisionQueue) -> None:
        self._receive, self._queue = receive, queue
        self._lock = threading.Lock()
        self._open: list[tuple[Telemetry, Done]] = []
        self._others: set[str] = set()  # devices that have sent something else since it began

    def add(self, device: str, window: Telemetry, done: Done) -> None:
        """Put it into the batch that waits, or into a new one."""
        with self._lock:
            if len(self._open) >= MOST_WINDOWS or device in self._others:
                self._open = []
            self._open.append((window, done))
            batch = self._open
            if len(batch) > 1:
                return
            self._others.clear()
        self._queue.submit(self._handle, batch)

    def note_other(self, device: str) -> None:
        """Something that is no window has come from a device."""
        with self._lock:
            self._others.add(device)

    def _handle(self, batch: list[tuple[Telemetry, Done]]) -> None:
        with self._lock:
            if batch is self._open:
                self._open = []
        try:
            self._receive([window for window, _ in batch])
        except Exception:
            log.exception("%d windows could not be handled together", len(batch))
            self._one_by_one(batch)
        finally:
            for _, done in batch:
                done()

    def _one_by_one(self, batch: list[tuple[Telemetry, Done]]) -> None:
        """One device's trouble must not cost the windows of others."""
        for window, _ in batch:
            try:
                self._receive([window])
            except Exception:
                log.exception("a window of %s could not be handled", window.device)


def _handle(receive: Receive, device: str, message: Message, done: Done) -> None:
    """What fails is logged and counts as handled: it would fail again, and hold up the rest."""
    try:
        receive(device, message)
    finally:
        done()
