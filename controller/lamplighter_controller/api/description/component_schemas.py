"""JSON Schemas of the documents, as components of an OpenAPI document."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec
from lamplighter_client.documents.requests import Body
from msgspec import NODEFAULT
from msgspec.inspect import Field, StructType, Type, multi_type_info

REFERENCE = "#/components/schemas/{name}"


def schema_of(kind: Any) -> dict[str, Any]:
    """The schema of a type; of a document, a reference to its component."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    return schema


def component_schemas(kinds: Iterable[Any]) -> dict[str, Any]:
    """Name -> schema of every document in these types and of those within them."""
    types = list(kinds)
    _, schemas = msgspec.json.schema_components(types, ref_template=REFERENCE)
    structs: dict[str, StructType] = {}
    _collect(multi_type_info(types), structs)
    for name, schema in schemas.items():
        _tidy(schema)
        if name in structs and not issubclass(structs[name].cls, Body):
            _answered(schema, structs[name])
    return {name: schemas[name] for name in sorted(schemas)}


def _collect(node: Any, structs: dict[str, StructType]) -> None:
    if isinstance(node, Iterable) and not isinstance(node, str | bytes):
        for part in node:
            _collect(part, structs)
    if not isinstance(node, Type | Field):
        return
    if isinstance(node, StructType):
        if node.cls.__name__ in structs:
            return
        structs[node.cls.__name__] = node
    for name in node.__struct_fields__:
        _collect(getattr(node, name), structs)


def _tidy(schema: Any) -> None:
    """Paragraphs without the source's indentation; tuples without the `false` of their rest."""
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            _tidy(part)
    if isinstance(schema, dict):
        if isinstance(schema.get("description"), str):
            schema["description"] = inspect.cleandoc(schema["description"])
        # `maxItems` says the same, and generators of clients stumble over it.
        if schema.get("items") is False:
            del schema["items"]


def _answered(schema: dict[str, Any], struct: StructType) -> None:
    """Of an answer: which fields are always there. What would stand in for them is of no use."""
    for part in schema["properties"].values():
        part.pop("default", None)
    if struct.cls.__struct_config__.omit_defaults:
        schema["required"] = [field.encode_name for field in struct.fields if field.required]
    else:
        schema["required"] = [f.encode_name for f in struct.fields if not _may_be_unset(f)]


def _may_be_unset(field: Field) -> bool:
    """Whether it has nothing that stands in for it: it is left out, then."""
    return not field.required and field.default is field.default_factory is NODEFAULT
