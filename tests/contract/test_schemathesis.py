"""Requests made from the OpenAPI document, good and bad: whoever asks, all answers are in it.

LAMPLIGHTER_API_EXAMPLES says how many there are of each operation; `make schemathesis` makes many.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from docs.generate.controller import bare_app
from tests.simulators.eventful_day import EventfulDay

EXAMPLES = int(os.environ.get("LAMPLIGHTER_API_EXAMPLES", "5"))
DOCUMENT = bare_app().openapi()
ROLES = ("viewer", "operator", "admin")
# By then the wrong tokens of an example are forgiven.
BETWEEN_S = 20.0
ENDLESS = {"stream_events", "stream_fleet_changes"}
# Names of what is there, so that requests get beyond "no such device".
THERE: Mapping[str, list[Any]] = {
    "device": ["cam-1", "cam-2"],
    "group": ["gate"],
    "rollout": ["june"],
    "number": [1],
    "target": ["full-fp32", "nanodet"],
    "scope": ["fleet", "device:cam-1", "label:site=north"],
    "site": ["north"],
    "query": ["site=north", "not serving"],
    "filter": ["state=online", "id=cam-*"],
    "values": [{"refusal_s": 60.0}],
    "reason": ["for a test"],
}
# What a schema cannot say, such as that a query must be one: 422 for what it permits is in order.
EXCLUDED = [positive_data_acceptance]

load_all_checks()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventfulDay]:
    made = EventfulDay(tmp_path_factory.mktemp("day"))
    made.place("cam-1", "north")
    with made.client() as admin:
        for path, body in (
            ("groups", {"name": "gate", "query": "site=north"}),
            ("rollouts", {"name": "june", "target": "full-fp32", "group": "gate"}),
            ("attention/marks", {"kind": "mute", "device": "cam-1", "reason": "r", "life_s": 9.0}),
            ("overrides", {"kind": "hold", "device": "cam-1", "reason": "r", "life_s": 9.0}),
        ):
            assert admin.post(f"/api/v1/{path}", json=body).is_success
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(day: EventfulDay) -> list[str]:
    """Of a viewer, an operator and an admin."""
    return [day.token(role) for role in ROLES]


@pytest.fixture(scope="module")
def schema(day: EventfulDay) -> Any:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", day.app)


OPERATIONS = [
    (path, method)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if operation["operationId"] not in ENDLESS
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_all_answers_are_in_the_document(
    day: EventfulDay, schema: Any, tokens: list[str], path: str, method: str
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(), token=st.sampled_from(tokens), data=st.data())
    def check(case: Any, token: str, data: st.DataObject) -> None:
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            for part in (case.path_parameters, case.query, case.body):
                name_what_is_there(part, data)
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(headers=headers, excluded_checks=EXCLUDED)
        day.advance(BETWEEN_S)
        day.settle()

    check()


def name_what_is_there(part: Any, data: st.DataObject) -> None:
    """In three of four places of a part of a request."""
    for name in part if isinstance(part, dict) else ():
        if name in THERE and data.draw(st.integers(0, 3)):
            part[name] = data.draw(st.sampled_from(THERE[name]))
