"""The OpenAPI document says of each operation what it takes, answers and refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from lamplighter_client import documents

from docs.generate.controller import bare_app

DOCUMENT = bare_app().openapi()
OPERATIONS = {
    operation["operationId"]: operation
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}
PLAIN = {
    "show_metrics": "text/plain",
    "stream_events": "text/event-stream",
    "stream_fleet_changes": "text/event-stream",
    "fetch_blob": "application/zstd",
}


def references(part: Any) -> Iterator[str]:
    """Every `$ref` within."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_answers(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    (status,) = (status for status in responses if status.startswith("2"))
    ((media_type, content),) = responses[status]["content"].items()
    assert media_type == PLAIN.get(name, "application/json")
    assert content["schema"].get("$ref") or content["schema"]["type"] in ("array", "string")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_refuses(name: str) -> None:
    operation = OPERATIONS[name]
    assert {"500", "503"} <= set(operation["responses"])
    assert ("403" in operation["responses"]) == ("security" in operation)
    assert ("413" in operation["responses"]) == ("requestBody" in operation)


def bounded(schema: dict[str, Any]) -> bool:
    """Whether a parameter cannot grow without end."""
    if "anyOf" in schema:
        return all(bounded(choice) for choice in schema["anyOf"])
    match schema.get("type"):
        case "integer" | "number":
            upper = {"maximum", "exclusiveMaximum"} & set(schema)
            return bool(upper and {"minimum", "exclusiveMinimum"} & set(schema))
        case "string":
            return "enum" in schema or "pattern" in schema
        case _:
            return schema.get("type") in ("boolean", "null")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_has_bounds(name: str) -> None:
    parameters = OPERATIONS[name].get("parameters", [])
    assert [p["name"] for p in parameters if not bounded(p["schema"])] == []


BODIES = [name for name in DOCUMENT["components"]["schemas"] if name.endswith("Body")]


@pytest.mark.parametrize("name", BODIES)
def test_every_field_of_a_body_has_bounds(name: str) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas[name]["additionalProperties"] is False
    unbounded = []
    for field, schema in schemas[name]["properties"].items():
        for choice in schema.get("anyOf", [schema]):
            values = choice.get("additionalProperties")
            is_map = "maxProperties" in choice and ("$ref" in values or bounded(values))
            items = choice.get("items")
            is_list = "maxItems" in choice and ("$ref" in items or bounded(items))
            if not (is_map or is_list or "$ref" in choice or "enum" in choice or bounded(choice)):
                unbounded.append(field)
    assert unbounded == []


def test_the_schemas_are_those_of_the_client_s_documents() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    inner = {"Document"}  # the base of all
    assert set(documents.__all__) - inner <= set(schemas)
    device = schemas["Device"]
    fields = documents.Device.__struct_encode_fields__
    assert list(device["properties"]) == list(fields) == device["required"]
    assert "answer" not in schemas["Plan"]["required"], "left out where nothing may be served"
