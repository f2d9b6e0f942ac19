"""The generated reference is current and complete."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lamplighter_wire import messages, topics

from docs.generate import wire

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
COMMAND = "run: python -m docs.generate.wire docs/reference"


@pytest.mark.parametrize("name", ["asyncapi.json", "messages.md", "topics.md"])
def test_the_wire_reference_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == wire.files()[name], COMMAND


def test_every_channel_has_a_topic_and_a_message() -> None:
    document = wire.asyncapi()
    channels = {*topics.UP_CHANNELS, *topics.DOWN_CHANNELS}
    assert set(document["channels"]) == channels | {"blob"} == set(document["operations"])
    for name in channels:
        address = document["channels"][name]["address"]
        assert topics.parse(address.replace("{device}", "cam-1")).channel == name


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = wire.asyncapi()
    for target in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        node: Any = document
        for step in target.split("/"):
            node = node[step]
        assert node


def test_every_field_of_every_message_is_described() -> None:
    docs = {doc.name: doc for module in wire.MODULES for doc in wire.message_docs(module)}
    for kind in messages.CHANNEL_TYPES.values():
        documented = [field.name for field in docs[kind.__name__].fields]
        assert documented == list(kind.__struct_fields__)
        assert docs[kind.__name__].about
