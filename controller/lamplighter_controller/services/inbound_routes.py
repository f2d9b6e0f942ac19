"""Which service answers which channel."""

import itertools
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Message, Request, Telemetry

from lamplighter_controller.domain.telemetry.conditions import conditions_of, document_of
from lamplighter_controller.errors import StoreError
from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.link.quotas.fair_shares import DECIDED, FairShares
from lamplighter_controller.link.quotas.variety import Variety
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
    variety: Variety | None = None,
    shares: FairShares | None = None,
) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the queue; chunk requests wait for nobody.

    Args:
        receivers: channel -> `receive(device, message)`, called on the deciding thread.
        receive_windows: the same for windows, all that have come meanwhile at once.
        queue: the deciding thread's.
        chunks: answers requests for chunks.
        variety: which windows are taken; None: all.
        shares: of requests that are decided; None: without bounds.
    """

    def _later(receive: Receive) -> ServiceHandler:
        def handle(device: str, message: Message, done: Done) -> None:
            # What fails counts as handled: it would fail again, and hold up the rest.
            queue.submit(
                receive,
                device,
                message,
                lane=Lane.PRESENCE,
                then=done,
                repeats=True,
                owner=device,
            )

        return handle

    handlers: dict[str, ServiceHandler] = {
        channel: _later(receive) for channel, receive in receivers.items()
    }
    batches = WindowBatches(receive_windows, queue)
    decide = handlers["request"]

    def _window(device: str, window: Telemetry, done: Done) -> None:
        if variety is None or variety.admits(device, kind_of(window)):
            batches.add(device, window, done)
        else:
            done()

    def _request(device: str, request: Request, done: Done) -> None:
        if request.kind == RequestKind.CHUNKS:
            chunks.request(
                device,
                request.chunks,
                request.listening_s,
                request.delivery_s,
                request.artifact,
            )
            done()
        elif shares is None or shares.admit(device, DECIDED, partial(decide, device, request, _no)):
            decide(device, request, done)
        else:
            done()

    return handlers | {"request": _request, "telemetry": _window}


def kind_of(window: Telemetry) -> tuple[str, str]:
    """Windows of one kind can be put together when they are old."""
    return window.stream, document_of(conditions_of(window))


def _no() -> None:
    """What waited for room was done with when it came."""


@dataclass(frozen=True)
class _Waiting:
    """A window in the order of arrival."""

    number: int
    window: Telemetry
    done: Done


class WindowBatches:
    """Windows wait together while the deciding thread is at work, and are handled at once.

    Under little load a batch is one window; the more come, the larger batches are. What does not
    fit is left to the next one, of each device as much: nobody waits for all that another one has
    sent. Windows may be handled after what their device has sent later, or before what it has sent
    earlier, as they may arrive: a device sends what is more urgent first.
    """

    def __init__(self, receive: ReceiveWindows, queue: DecisionQueue) -> None:
        self._receive, self._queue = receive, queue
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        self._is_submitted = False

    def add(self, device: str, window: Telemetry, done: Done) -> None:
        """It is handled with all that waits when its turn comes."""
        with self._lock:
            waiting = _Waiting(next(self._numbers), window, done)
            self._waiting.setdefault(device, deque()).append(waiting)
            if self._is_submitted:
                return
            self._is_submitted = True
        self._submit()

    def _submit(self) -> None:
        batch: list[_Waiting] = []
        self._queue.submit(
            self._handle,
            batch,
            lane=Lane.TELEMETRY,
            then=lambda: _all_done(batch),
            repeats=True,
        )

    def _take(self) -> list[_Waiting]:
        """A batch, and whatever is left is submitted."""
        taken: list[_Waiting] = []
        with self._lock:
            while self._waiting and len(taken) < MOST_WINDOWS:
                device, windows = self._waiting.popitem(last=False)
                taken.append(windows.popleft())
                if windows:
                    self._waiting[device] = windows
            self._is_submitted = bool(self._waiting)
            is_more = self._is_submitted
        if is_more:
            self._submit()
        return sorted(taken, key=lambda waiting: waiting.number)

    def _handle(self, batch: list[_Waiting]) -> None:
        if not batch:  # else it is done again: the store failed
            batch.extend(self._take())
        windows = [waiting.window for waiting in batch]
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


def _all_done(batch: list[_Waiting]) -> None:
    for waiting in batch:
        waiting.done()
