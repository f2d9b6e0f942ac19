"""Operations: functions that take what they need of a request and return a document."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

from fastapi import APIRouter, Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.responses import Response

from lamplighter_controller.api.access import permission
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.replies import response_of

JSON = "application/json"
Refusals = tuple[type[Exception], ...]
E = TypeVar("E", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """What is known of an operation beside its parameters.

    Attributes:
        role: that the bearer needs; empty: no token at all.
        answer: type that it returns.
        media_type: of the answer.
        body: type of the request's body; None: it has none.
        refusals: errors that its kind does not say: neither its role nor what it is given.
    """

    name: str
    method: str
    role: str
    status: int
    answer: Any
    media_type: str
    body: Any
    refusals: Refusals


class Routes:
    """Operations under a path, each of which returns a document, a page or a response.

    `bounds`: of those that do not say their own.
    """

    def __init__(self, tag: str, prefix: str = "", bounds: Bounds = Bounds.FLEET) -> None:
        self.router = APIRouter(prefix=prefix, tags=[tag])
        self.operations: list[Operation] = []
        self._bounds = bounds

    def get(
        self,
        path: str,
        *,
        role: str = "viewer",
        media_type: str = JSON,
        refusals: Refusals = (),
        bounds: Bounds | None = None,
    ) -> Callable[[E], E]:
        """Register a function that reads."""
        return self._register(path, "GET", role, 200, media_type, refusals, bounds)

    def post(
        self,
        path: str,
        *,
        role: str,
        status: int = 200,
        refusals: Refusals = (),
        bounds: Bounds | None = None,
    ) -> Callable[[E], E]:
        """Register a function that acts."""
        return self._register(path, "POST", role, status, JSON, refusals, bounds)

    def delete(self, path: str, *, role: str) -> Callable[[E], E]:
        """Register a function that ends something."""
        return self._register(path, "DELETE", role, 200, JSON, (), None)

    def _register(
        self,
        path: str,
        method: str,
        role: str,
        status: int,
        media_type: str,
        refusals: Refusals,
        bounds: Bounds | None,
    ) -> Callable[[E], E]:
        within = bounds or self._bounds

        def _add(endpoint: E) -> E:
            self.router.add_api_route(
                path,
                _replying(endpoint, status),
                methods=[method],
                status_code=status,
                operation_id=endpoint.__name__,
                dependencies=[Depends(permission(role, within))] if role else [],
                response_class=Response,
                response_model=None,
            )
            signature = inspect.signature(endpoint)
            answer, body = signature.return_annotation, _body(signature)
            name = endpoint.__name__
            self.operations.append(
                Operation(name, method, role, status, answer, media_type, body, refusals)
            )
            return endpoint

        return _add


def _replying(endpoint: Callable[..., Any], status: int) -> Callable[..., Response]:
    """The operation as the framework wants it: it answers the request with a response."""

    @functools.wraps(endpoint)
    def _answer(request: Request, **arguments: Any) -> Response:
        return response_of(request, endpoint(request, **arguments), status)

    return _answer


def _body(signature: inspect.Signature) -> Any:
    """The type of the parameter that is read from the request's body."""
    for parameter in signature.parameters.values():
        if get_origin(parameter.annotation) is not Annotated:
            continue
        for note in get_args(parameter.annotation)[1:]:
            if isinstance(note, Dependency) and isinstance(note.dependency, JsonBody):
                return note.dependency.kind
    return None
