"""Which service answers which channel."""

from collections.abc import Callable, Mapping
from typing import Any

from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Message, Request

from lamplighter_controller.link.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.services.decision_queue import DecisionQueue

Receive = Callable[[str, Any], None]


def inbound_handlers(
    receivers: Mapping[str, Receive], queue: DecisionQueue, chunks: ChunkServer
) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the queue; chunk requests wait for nobody.

    Args:
        receivers: channel -> `receive(device, message)`, called on the deciding thread.
        queue: the deciding thread's.
        chunks: answers requests for chunks.
    """

    def _later(receive: Receive) -> ServiceHandler:
        return lambda device, message, done: queue.submit(_handle, receive, device, message, done)

    handlers = {channel: _later(receive) for channel, receive in receivers.items()}
    decide = handlers["request"]

    def _request(device: str, request: Request, done: Done) -> None:
        if request.kind == RequestKind.CHUNKS:
            chunks.request(device, request.chunks)
            done()
        else:
            decide(device, request, done)

    return handlers | {"request": _request}


def _handle(receive: Receive, device: str, message: Message, done: Done) -> None:
    """What fails is logged and counts as handled: it would fail again, and hold up the rest."""
    try:
        receive(device, message)
    finally:
        done()
