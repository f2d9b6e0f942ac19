"""A client that is generated from the OpenAPI document does what our own does."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import Target

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import served

PACKAGE = "generated_lamplighter_api"


class Generated:
    """The generated package and a client of it."""

    def __init__(self, target: Target) -> None:
        self._client = importlib.import_module(PACKAGE).AuthenticatedClient(
            base_url=target.url, token=target.token
        )

    def call(self, operation: str, *arguments: str, **options: Any) -> Any:
        """What an operation such as "devices.show_device" answers."""
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        return module.sync(*arguments, client=self._client, **options)

    @property
    def models(self) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.models")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    day = EventfulDay(tmp_path_factory.mktemp("day"))
    with served(day.app) as url:
        yield Target(url, day.token("admin"))
    day.close()


@pytest.fixture(scope="module")
def generated(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(f"{target.url}/api/v1/openapi.json").content)
    command = [Path(sys.executable).with_name("openapi-python-client"), "generate"]
    options = ["--path", document, "--output-path", folder / PACKAGE, "--meta", "none"]
    made = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout
    assert "parsing" not in made.stdout.lower(), made.stdout
    sys.path.insert(0, str(folder))
    yield Generated(target)
    sys.path.remove(str(folder))


@pytest.fixture
def own(target: Target) -> Iterator[Client]:
    with Client(target) as client:
        yield client


def plain(value: Any) -> Any:
    """A document of either client as JSON values."""
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return json.loads(msgspec.json.encode(value))


def test_devices_are_listed_and_shown(generated: Generated, own: Client) -> None:
    listed = generated.call("devices.list_devices", limit=10)
    assert [device.id for device in listed] == ["cam-1", "cam-2"]
    assert plain(listed) == plain(own.send(endpoints.devices()))
    shown = generated.call("devices.show_device", "cam-1")
    assert shown.reported.serving.variant
    assert plain(shown) == plain(own.send(endpoints.device("cam-1")))


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("fleet.show_rollup", endpoints.rollup()),
        ("fleet.list_jobs", endpoints.jobs()),
        ("fleet.list_recompressions", endpoints.recompressions()),
        ("catalogue.list_variants", endpoints.variants()),
        ("catalogue.list_models", endpoints.models()),
        ("events.list_events", endpoints.events()),
    ],
)
def test_the_fleet_reads_the_same(
    generated: Generated, own: Client, operation: str, request_: endpoints.ApiRequest[Any]
) -> None:
    answer = plain(generated.call(operation))
    assert answer
    assert answer == plain(own.send(request_))


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("devices.list_telemetry", endpoints.telemetry("cam-1")),
        ("devices.list_plans", endpoints.plans("cam-1")),
        ("devices.list_deployments", endpoints.deployments("cam-1")),
    ],
)
def test_a_device_s_history_reads_the_same(
    generated: Generated, own: Client, operation: str, request_: endpoints.ApiRequest[Any]
) -> None:
    answer = plain(generated.call(operation, "cam-1"))
    assert answer
    assert answer == plain(own.send(request_))


def test_a_plan_is_made(generated: Generated, own: Client) -> None:
    body = generated.models.PlanBody(dry_run=True)
    plan = generated.call("devices.make_plan", "cam-1", body=body)
    assert plan.primary.variant
    assert plain(plan) == plain(own.send(endpoints.make_plan("cam-1", dry_run=True)))


def test_a_device_is_labelled(generated: Generated, own: Client) -> None:
    models = generated.models
    body = models.LabelBody.from_dict({"labels": {"group": "gate"}, "site": "north"})
    body.objective = models.ObjectiveBody(latency_p95_ms=80.0)
    labelled = generated.call("devices.label_device", "cam-2", body=body, if_match='"1"')
    assert plain(labelled) == plain(own.send(endpoints.device("cam-2")))
    assert (labelled.labels.to_dict(), labelled.site) == ({"group": "gate"}, "north")
    assert labelled.objective.to_dict() == {"latency_p95_ms": 80.0}


def test_a_refusal_is_a_problem(generated: Generated) -> None:
    conflict = generated.call(
        "devices.label_device", "cam-1", body=generated.models.LabelBody(), if_match='"99"'
    )
    assert isinstance(conflict, generated.models.Problem)
    assert conflict.status == 409
    missing = generated.call("devices.show_device", "cam-9")
    assert (missing.status, missing.detail[:16]) == (404, "no device 'cam-9")
    refused = generated.call("devices.list_devices", limit=0)
    assert [error.field for error in refused.errors] == ["query.limit"]
