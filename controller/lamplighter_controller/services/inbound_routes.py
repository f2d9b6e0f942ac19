"""Which service answers which channel."""

from typing import Any

from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Message, Request

from lamplighter_controller.link.chunk_server import ChunkServer
from lamplighter_controller.link.inbound import Done, ServiceHandler
from lamplighter_controller.services import (
    deployment_reports,
    device_facts,
    device_requests,
    presence,
    telemetry,
)
from lamplighter_controller.services.context import Context


def inbound_handlers(ctx: Context, chunks: ChunkServer) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the worker; chunk requests wait for nobody."""

    def _later(service: Any) -> ServiceHandler:
        return lambda device, message, done: ctx.worker.submit(
            _handle, service, ctx, device, message, done
        )

    decide = _later(device_requests.answer_request)

    def _request(device: str, request: Request, done: Done) -> None:
        if request.kind == RequestKind.CHUNKS:
            chunks.request(device, request.chunks)
            done()
        else:
            decide(device, request, done)

    return {
        "birth": _later(presence.record_birth),
        "status": _later(presence.record_status),
        "capabilities": _later(device_facts.record_capabilities),
        "probe": _later(device_facts.record_probe),
        "reported": _later(deployment_reports.record_reported),
        "telemetry": _later(telemetry.record_telemetry),
        "event": _later(telemetry.record_event),
        "request": _request,
    }


def _handle(service: Any, ctx: Context, device: str, message: Message, done: Done) -> None:
    """What fails is logged and counts as handled: it would fail again, and hold up the rest."""
    try:
        service(ctx, device, message)
    finally:
        done()
