"""The HTTP application."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from lamplighter_client.documents import Health
from lamplighter_wire import __version__

from lamplighter_controller.api import devices, fleet, problems, stream
from lamplighter_controller.api.access import reply
from lamplighter_controller.wiring import Services

PREFIX = "/api/v1"


def create_app(
    services: Services,
    *,
    recipes: Callable[[], Mapping[str, Any]],
    counters: Callable[[], dict[str, dict[str, int]]],
) -> FastAPI:
    """The API over a running controller.

    Args:
        services: those of the controller.
        recipes: name -> recipe, read at each call.
        counters: group -> name -> count, for metrics.
    """
    app = FastAPI(
        title="Lamplighter",
        version=__version__,
        description="Keeps the best possible AI model running on every camera of a city.",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    app.state.services = services
    app.state.recipes = recipes
    app.state.counters = counters
    root = APIRouter(prefix=PREFIX)
    root.add_api_route("/health", health, methods=["GET"], tags=["fleet"])
    for part in (fleet, devices, stream):
        root.include_router(part.router)
    app.include_router(root)
    problems.install(app)
    return app


def health() -> Response:
    """Whether the API answers; needs no token."""
    return reply(Health(status="ok", version=__version__))
