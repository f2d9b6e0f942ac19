"""Which service answers which channel."""

from typing import Any

from lamplighter_wire.messages import Request

from lamplighter_controller.link.inbound import ServiceHandler
from lamplighter_controller.link.outbound import ChunkServer
from lamplighter_controller.services import reports
from lamplighter_controller.services.context import Context


def inbound_handlers(ctx: Context, chunks: ChunkServer) -> dict[str, ServiceHandler]:
    """Channel -> what to do. Decisions go to the worker; chunk requests wait for nobody."""

    def _later(service: Any) -> ServiceHandler:
        return lambda device, message: ctx.worker.submit(service, ctx, device, message)

    def _request(device: str, request: Request) -> None:
        if request.kind == "chunks":
            chunks.request(device, request.chunks)
        else:
            ctx.worker.submit(reports.answer_request, ctx, device, request)

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
