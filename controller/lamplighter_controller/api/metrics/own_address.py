"""`/metrics` at an address of its own, for a Prometheus beside it that has no token."""

import threading

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lamplighter_controller.api.metrics.exposition import CONTENT_TYPE, Exposition
from lamplighter_controller.api.serving.door import Door
from lamplighter_controller.api.serving.server import HttpServer

STOP_S = 5.0


class MetricsServer:
    """On a thread of its own; nothing else is answered there."""

    def __init__(self, exposition: Exposition, door: Door) -> None:
        def show(_request: Request) -> Response:
            return Response(exposition.text(), media_type=CONTENT_TYPE)

        self._door = door
        self._server = HttpServer(Starlette(routes=[Route("/metrics", show)]), door)
        self._thread = threading.Thread(
            target=self._server.serve_until_stopped, name="metrics", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End it, and give the address back."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        self._door.close()
