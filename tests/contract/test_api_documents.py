"""The answers of the API keep their keys, and say all that their documents define."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lamplighter_client import endpoints
from lamplighter_client.documents import Device, Event, Health, Problem, Recompression

from tests.simulators.eventful_day import EventfulDay, answers

# Answers as they were when the documents were written down. Keys are added to it, never taken.
RECORDED = Path(__file__).resolve().parents[1] / "data" / "api_fields.json"
DOCUMENTS: dict[str, Any] = {
    "/health": Health,
    "/devices": endpoints.devices().answer,
    "/devices?retired=true": list[Device],
    "/devices/cam-1": endpoints.device("cam-1").answer,
    "/devices/cam-2": Device,
    "/devices/cam-1/telemetry": endpoints.telemetry("cam-1").answer,
    "/devices/cam-1/events": list[Event],
    "/devices/cam-1/plans": endpoints.plans("cam-1").answer,
    "/devices/cam-1/deployments": endpoints.deployments("cam-1").answer,
    "/devices/cam-9": Problem,
    "/variants": endpoints.variants().answer,
    "/models": endpoints.models().answer,
    "/jobs": endpoints.jobs().answer,
    "/recompressions": endpoints.recompressions().answer,
    "/recompressions?all=true": list[Recompression],
    "/rollup": endpoints.rollup().answer,
    "/events/log": endpoints.events().answer,
    "POST /tokens": endpoints.create_token("cam-3").answer,
    "POST /api-tokens": endpoints.create_api_token("ops", "viewer", 60.0).answer,
    "POST /devices/cam-1/plan": endpoints.make_plan("cam-1", dry_run=True).answer,
    "POST /devices/cam-1/probe": endpoints.probe("cam-1").answer,
    "POST /devices/cam-2/label": endpoints.label("cam-2").answer,
    "POST /devices/cam-2/retire": endpoints.retire("cam-2").answer,
}
TYPES = {str: "text", bool: "flag", int: "number", float: "number", type(None): "null"}


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    day = EventfulDay(tmp_path_factory.mktemp("day"))
    yield answers(day.client())
    day.close()


def fields(value: Any, path: str = "") -> Iterator[str]:
    """Each field with its type, for example "[].reported.trial.pairs number"."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from fields(entry, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for entry in value:
            yield from fields(entry, f"{path}[]")
    else:
        yield f"{path} {TYPES[type(value)]}"


def test_answers_keep_their_fields(today: dict[str, Any]) -> None:
    recorded = json.loads(RECORDED.read_text())
    assert set(today) == set(recorded)
    lost = {path: set(recorded[path]) - set(fields(answer)) for path, answer in today.items()}
    assert {path: names for path, names in lost.items() if names} == {}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_holds_all_that_is_answered(today: dict[str, Any], path: str) -> None:
    answer = today[path]
    document = msgspec.json.decode(msgspec.json.encode(answer), type=DOCUMENTS[path])
    assert msgspec.json.decode(msgspec.json.encode(document)) == answer


def test_every_answer_has_a_document(today: dict[str, Any]) -> None:
    assert set(DOCUMENTS) == set(today)


def test_what_a_newer_controller_adds_or_an_older_one_lacks_is_no_error() -> None:
    device = msgspec.json.decode(b'{"id": "cam-1", "mood": "fine"}', type=Device)
    assert device == Device(id="cam-1")
