"""How the controller stands, over the API: its machine's checks, its queue and its workshop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.target import Target
from lamplighter_controller.api.app import create_app
from lamplighter_controller.api.operations.others.checkup import (
    MOST_WAITING,
    KeptCheckup,
    push_findings,
    queue_finding,
    workshop_finding,
)
from lamplighter_controller.services.street.push_target import PushStanding
from lamplighter_controller.store.records import JobRecord
from lamplighter_wire.machine.checkup import Finding, Result, failed, ok

from tests.simulators.controller_rig import Rig
from tests.simulators.served_app import api_of, served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DISK = failed("disk", "/var", "it is full", "make room")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


def test_operators_are_told_what_is_wrong_and_what_to_mend(rig: Rig) -> None:
    app = create_app(rig.services, recipes=dict, counters=dict, checkup=lambda: [DISK])
    token = rig.services.access.make_token
    assert api_of(app, token("v", "viewer")).get("/checkup").status_code == 403
    with served(app) as url, Client(Target(url, token("o", "operator"))) as client:
        found = client.send(endpoints.checkup())
        assert client.send(endpoints.checkup(machine=False)) == found[:-1]
    assert [one.check for one in found] == ["version", "queue", "workshop", "disk"]
    assert found[-1] == DISK
    assert all(one.result is Result.OK for one in found[:-1])


def test_checks_are_made_once_for_all_that_ask() -> None:
    made: list[int] = []

    def look() -> list[Finding]:
        made.append(1)
        return [ok("clock", "", "it is right")]

    kept = KeptCheckup(look)
    assert kept.findings() == kept.findings()
    assert len(made) == 1


def test_a_queue_that_grows_is_said() -> None:
    assert queue_finding(MOST_WAITING).result is Result.OK
    late = queue_finding(MOST_WAITING + 1)
    assert late.result is Result.WARNING
    assert late.mend


def test_what_could_not_be_built_today_is_said() -> None:
    old = JobRecord(id="a", kind="build", subject="int8", state="failed", created_at=1.0, error="x")
    assert workshop_finding([old], 200_000.0).result is Result.OK
    found = workshop_finding([old], 100.0)
    assert (found.result, "int8: x" in found.found) == (Result.WARNING, True)


def test_counts_that_are_not_taken_where_they_are_posted_are_said() -> None:
    assert push_findings(PushStanding(), 0.0) == []
    standing = PushStanding("https://broker.example/x?key=Wolke")
    (fresh,) = push_findings(standing, 0.0)
    assert (fresh.result, fresh.looked_at) == (Result.OK, "https://broker.example/x")
    standing = standing._replace(accepted_at=600.0).failing("status 503", 1200.0)
    (late,) = push_findings(standing, 1800.0)
    assert late.result is Result.WARNING
    assert late.found == "failing for 10 min: status 503; last taken 20 min ago"
    assert late.mend
    (refused,) = push_findings(standing._replace(again_at=2220.0, aside=3), 1800.0)
    assert refused.found.endswith("; tried again in 7 min")
    aside = standing.going_well()._replace(aside=3, aside_why="status 400, no")
    (partly,) = push_findings(aside, 1800.0)
    assert partly.result is Result.WARNING
    assert partly.found == "last taken 20 min ago; 3 set aside, the last: status 400, no"
    assert "street_push" in partly.mend
