"""The OpenAPI document: operations with their documents, as both sides encode them."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from lamplighter_client.documents import Problem

from lamplighter_controller.api.description.component_schemas import component_schemas, schema_of
from lamplighter_controller.api.problems import PROBLEM_JSON, TITLES, status_of
from lamplighter_controller.api.replies import Page, Versioned
from lamplighter_controller.api.routing import JSON, Operation

BEARER = "bearer"
HEADERS: Mapping[Any, tuple[str, str]] = {
    Versioned: ("ETag", "The document's version, for If-Match."),
    Page: ("Link", 'Where the list goes on: `<?…>; rel="next"` (RFC 8288); missing at its end.'),
}


def openapi_document(app: FastAPI, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document of an application; each of its routes has an operation of its name."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    by_name = {operation.name: operation for operation in operations}
    for path, methods in document["paths"].items():
        for described in methods.values():
            _describe(path, described, by_name[described["operationId"]])
    document["components"] = {
        "schemas": component_schemas(_document_types(by_name.values())),
        "responses": {str(status): _problem(title) for status, title in TITLES.items()},
        "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
    }
    return document


def _describe(path: str, described: dict[str, Any], operation: Operation) -> None:
    described["description"] = inspect.cleandoc(described.get("description", ""))
    if operation.role:
        described["security"] = [{BEARER: [operation.role]}]
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    answer = {"description": "As asked for.", "content": _answer_content(operation)}
    if (header := HEADERS.get(get_origin(operation.answer))) is not None:
        name, text = header
        answer["headers"] = {name: {"description": text, "schema": {"type": "string"}}}
    described["responses"] = {str(operation.status): answer} | {
        str(status): {"$ref": f"#/components/responses/{status}"}
        for status in _problem_statuses(path, operation, "parameters" in described)
    }


def _problem_statuses(path: str, operation: Operation, has_parameters: bool) -> list[int]:
    """What follows from an operation's kind, and what it says of itself."""
    has_body = operation.body is not None
    statuses = {500, 503} | {status_of(kind) for kind in operation.refusals}
    for applies, those in (
        (operation.role, {401, 403, 429}),
        ("{" in path or has_body, {404}),  # it names what may not be there
        (operation.method != "GET", {409}),
        (has_body, {400, 413}),
        (has_body or has_parameters, {422}),
    ):
        statuses |= those if applies else set()
    return sorted(statuses)


def _problem(title: str) -> dict[str, Any]:
    return {"description": title, "content": {PROBLEM_JSON: {"schema": schema_of(Problem)}}}


def _answer_content(operation: Operation) -> dict[str, Any]:
    if operation.media_type != JSON:
        return {operation.media_type: {"schema": {"type": "string"}}}
    return _content(_document_type(operation.answer))


def _content(kind: Any) -> dict[str, Any]:
    return {JSON: {"schema": schema_of(kind)}}


def _document_types(operations: Iterable[Operation]) -> list[Any]:
    """All that is sent either way."""
    kinds: list[Any] = [Problem]
    for operation in operations:
        if operation.media_type == JSON:
            kinds.append(_document_type(operation.answer))
        if operation.body is not None:
            kinds.append(operation.body)
    return kinds


def _document_type(answer: Any) -> Any:
    """The type of what is encoded of an operation's answer."""
    if get_origin(answer) is Versioned:
        return get_args(answer)[0]
    if get_origin(answer) is Page:
        return list[get_args(answer)[0]]  # type: ignore[misc]
    return answer
