"""The HTTP application."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from lamplighter_wire import __version__
from lamplighter_wire.machine.checkup import Finding
from starlette.types import Receive, Scope, Send

from lamplighter_controller.api import problems
from lamplighter_controller.api.answer_headers import with_headers
from lamplighter_controller.api.description.openapi import openapi_document
from lamplighter_controller.api.description.page import documentation
from lamplighter_controller.api.metrics.exposition import Exposition
from lamplighter_controller.api.operations import (
    audit,
    blobs,
    catalogue,
    devices,
    enrolment,
    events,
    fleet,
    groups,
    overrides,
    policies,
    rollouts,
    sites,
)
from lamplighter_controller.api.operations.attention import marks
from lamplighter_controller.api.operations.configuring import configurations
from lamplighter_controller.api.operations.making import fronts, jobs, transfers
from lamplighter_controller.api.operations.others import checkup as checkups
from lamplighter_controller.api.operations.others import readers, signing_key, webhooks
from lamplighter_controller.api.operations.registering import claims, registrations
from lamplighter_controller.api.operations.street import accuracy, counts, stills
from lamplighter_controller.api.operations.watching import device_logs, fleet_rows
from lamplighter_controller.wiring.parts import Services

PREFIX = "/api/v1"
DOCUMENT = f"{PREFIX}/openapi.json"
PARTS = tuple(
    part.routes
    for part in (
        fleet,
        checkups,
        fleet_rows,
        devices,
        device_logs,
        configurations,
        counts,
        stills,
        accuracy,
        groups,
        overrides,
        marks,
        rollouts,
        policies,
        catalogue,
        fronts,
        jobs,
        transfers,
        sites,
        readers,
        webhooks,
        blobs,
        enrolment,
        signing_key,
        registrations,
        claims,
        events,
        audit,
    )
)


def create_app(
    services: Services,
    *,
    recipes: Callable[[], Mapping[str, Any]],
    counters: Callable[[], dict[str, dict[str, int]]],
    checkup: Callable[[], Sequence[Finding]] = tuple,
) -> FastAPI:
    """The API over a running controller.

    Args:
        services: those of the controller.
        recipes: name -> recipe, read at each call.
        counters: group -> name -> count, for metrics.
        checkup: looks at the controller's machine.
    """
    app = ControllerApi(
        title="Lamplighter",
        version=__version__,
        description="Keeps the best possible AI model running on every camera of a city.",
        docs_url=None,
        redoc_url=None,
        openapi_url=DOCUMENT,
    )
    app.state.services = services
    app.state.recipes = recipes
    app.state.counters = counters
    app.state.checkup = checkups.KeptCheckup(checkup)
    app.state.exposition = Exposition(services, counters)
    root = APIRouter(prefix=PREFIX)
    for part in PARTS:
        root.include_router(part.router)
    root.include_router(documentation(PREFIX, app.title, DOCUMENT))
    app.include_router(root)
    problems.install(app)
    return app


class ControllerApi(FastAPI):
    """The framework's application with our own OpenAPI document, and headers on all answers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, with_headers(send))

    def openapi(self) -> dict[str, Any]:
        """Made at the first call."""
        if self.openapi_schema is None:
            operations = [operation for part in PARTS for operation in part.operations]
            self.openapi_schema = openapi_document(self, operations)
        return self.openapi_schema
