"""Which service answers which channel."""

from typing import Any

from lamplighter_wire.messages import Message, Request

from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.link.outbound import ChunkServer
from lamplighter_controller.services import reports, requests
from lamplighter_controller.services.context import Context


def inbound_handlers(ctx: Context, chunks: ChunkServer) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the worker; chunk requests wait for nobody."""

    def _later(service: Any) -> ServiceHandler:
        return lambda device, message, done: ctx.worker.submit(
            _handle, service, ctx, device, message, done
        )

    decide = _later(requests.answer_request)

    def _request(device: str, request: Request, done: Done) -> None:
        if request.kind == "chunks":
            chunks.request(device, request.chunks)
            done()
        else:
            decide(device, request, done)

    return {
        "birth": _later(reports.record_birth),
        "status": _later(reports.record_status),
        "capabilities": _later(reports.record_capabilities),
        "probe": _later(reports.record_probe),
        "reported": _later(reports.record_reported),
        "telemetry": _later(reports.record_telemetry),
        "event": _later(reports.record_event),
        "request": _request,
    }


def _handle(service: Any, ctx: Context, device: str, message: Message, done: Done) -> None:
    """What fails is logged and counts as handled: it would fail again, and hold up the rest."""
    try:
        service(ctx, device, message)
    finally:
        done()
