"""Which service answers which channel."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Message, Request, Telemetry

from lamplighter_controller.errors import StoreError
from lamplighter_controller.link.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deciding.lanes import Lane

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

    def _later(receive: Receive) -> ServiceHandler:
        def handle(device: str, message: Message, done: Done) -> None:
            # What fails counts as handled: it would fail again, and hold up the rest.
            queue.submit(receive, device, message, lane=Lane.PRESENCE, then=done, repeats=True)

        return handle

    handlers: dict[str, ServiceHandler] = {
        channel: _later(receive) for channel, receive in receivers.items()
    }
    handlers["telemetry"] = WindowBatches(receive_windows, queue).add
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

    Under little load a batch is one window; the more come, the larger batches are. Windows may be
    handled after what their device has sent later, or before what it has sent earlier, as they
    may arrive: a device sends what is more urgent first.
    """

    def __init__(self, receive: ReceiveWindows, queue: DecisionQueue) -> None:
        self._receive, self._queue = receive, queue
        self._lock = threading.Lock()
        self._open: list[tuple[Telemetry, Done]] = []

    def add(self, _device: str, window: Telemetry, done: Done) -> None:
        """Put it into the batch that waits, or into a new one."""
        with self._lock:
            if len(self._open) >= MOST_WINDOWS:
                self._open = []
            self._open.append((window, done))
            batch = self._open
            if len(batch) > 1:
                return
        self._queue.submit(
            self._handle,
            batch,
            lane=Lane.TELEMETRY,
            then=lambda: _all_done(batch),
            repeats=True,
        )

    def _handle(self, batch: list[tuple[Telemetry, Done]]) -> None:
        with self._lock:
            if batch is self._open:
                self._open = []
        windows = [window for window, _ in batch]
        try:
            self._receive(windows)
        except StoreError:
            raise
        except Exception:
            log.exception("%d windows could not be handled together", len(batch))
            self._one_by_one(windows)

    def _one_by_one(self, windows: list[Telemetry]) -> None:
        """One device's trouble must not cost the windows of others."""
        for window in windows:
            try:
                self._receive([window])
            except StoreError:
                raise
            except Exception:
                log.exception("a window of %s could not be handled", window.device)


def _all_done(batch: list[tuple[Telemetry, Done]]) -> None:
    for _, done in batch:
        done()
