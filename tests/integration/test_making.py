"""Points of a device, builds begun and ended by operators, and what travels: API and commands."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_wire.messages import Transfer

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.served_app import CommandLine, api_of, served

Captured = pytest.CaptureFixture[str]
OFFERS = [
    spec("full-fp32", 0.86, 900.0),
    spec("half-int8", 0.80, 300.0, precision="int8"),
    spec("new-int8", 0.84, 500.0, precision="int8", built=False),
]


class Office:
    """A controller with its API at a port, and its command line."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = Rig(folder, OFFERS)
        self.app = create_app(
            self.rig.services, recipes=dict, counters=lambda: {"chunks": {"bytes": 5, "chunks": 1}}
        )
        self.url = ""
        self._monkeypatch = monkeypatch

    def api(self, role: str = "operator", scope: str = "") -> TestClient:
        return api_of(self.app, self.rig.services.access.make_token("ops", role, scope=scope))

    def run(self, *words: str) -> int:
        token = self.rig.services.access.make_token("ops", "operator")
        return CommandLine(self.url, token, self._monkeypatch).run(*words)

    def device(self, name: str = "cam-1") -> Device:
        device = self.rig.device(name, cpu_model="Test CPU", isa=["avx2"])
        self.rig.store.update_device(name, online=True)
        device.introduce(60.0, 30.0)
        return device


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path, monkeypatch)
    yield made
    made.rig.close()


def test_a_front_holds_every_point_in_any_regime(office: Office) -> None:
    office.device()
    front = office.api("viewer").get("/devices/cam-1/front").json()
    names = {point["variant"] for point in front["points"]}
    assert names == {"full-fp32", "half-int8", "new-int8"}
    able = [point for point in front["points"] if not point["rejected_because"]]
    assert all(point["predicted"]["latency_p95_ms"] > 0 for point in able)
    assert sum(point["is_serving"] for point in front["points"]) <= 1
    assert {p["built"] for p in front["points"] if p["variant"] == "new-int8"} == {False}
    other = next(name for name in front["regimes"] if name != front["regime"])
    elsewhere = office.api().get("/devices/cam-1/front", params={"regime": other}).json()
    assert elsewhere["regime"] == other


def test_what_cannot_be_answered_says_why(office: Office) -> None:
    office.device()
    office.rig.device("cam-new")
    api = office.api()
    refused = api.get("/devices/cam-1/front", params={"regime": "noon"})
    assert refused.status_code == 422
    assert "there are:" in refused.json()["detail"]
    assert api.get("/devices/cam-new/front").status_code == 409
    assert api.get("/devices/cam-9/front").status_code == 404
    assert api.get("/jobs/abc").status_code == 404
    assert api.post("/jobs/abc/cancel").status_code == 404
    assert api.post("/variants/nothing/build").status_code == 404
    assert api.post("/variants/full-fp32/build").status_code == 409
    assert office.api("viewer").post("/variants/new-int8/build").status_code == 403


def test_a_build_is_begun_followed_and_ended(office: Office) -> None:
    api = office.api()
    begun = api.post("/variants/new-int8/build").json()
    assert api.post("/variants/new-int8/build").json()["id"] == begun["id"], "there is one only"
    office.rig.settle()
    job = api.get(f"/jobs/{begun['id']}").json()
    assert (job["state"], job["progress"], job["stage"]) == ("running", 0.5, "calibrate")
    assert api.post(f"/jobs/{begun['id']}/cancel").is_success
    office.rig.settle()
    job = api.get(f"/jobs/{begun['id']}").json()
    assert (job["state"], job["error"]) == ("failed", "new-int8 was cancelled")
    assert api.post(f"/jobs/{begun['id']}/cancel").status_code == 409
    again = api.post("/variants/new-int8/build").json()
    assert again["id"] != begun["id"]
    office.rig.workshop.finish()
    office.rig.settle()
    assert api.get(f"/jobs/{again['id']}").json()["state"] == "done"
    changes = office.api("admin").get("/audit").json()
    assert {"build_variant", "cancel_job"} <= {change["operation"] for change in changes}


def test_a_device_that_waits_for_an_ended_build_gets_another_variant(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [*OFFERS[:2], spec("best-int8", 0.95, 200.0, built=False)])
    device = rig.device("cam-1", cpu_model="Test CPU", isa=["avx2"])
    device.introduce(60.0, 30.0)
    (job,) = rig.store.open_jobs()
    assert job.subject == "best-int8"
    rig.services.jobs.cancel(job.id)
    rig.settle()
    assert "best-int8" in rig.store.device_state("cam-1").refused
    assert device.desired.primary.point.variant in ("full-fp32", "half-int8")
    rig.close()


def test_transfers_say_what_travelled_and_what_did_not(office: Office) -> None:
    first, second = office.device("cam-1"), office.device("cam-2")
    transfer = Transfer(chunks_total=31, chunks_received=31, bytes_received=500_000)
    first.report("committed", phase="COMMITTED", transfer=transfer)
    second.report("", phase="FETCHING", transfer=Transfer(chunks_total=31, chunks_missing=20))
    office.rig.settle()
    api = office.api("viewer")
    rows = {row["device"]: row for row in api.get("/transfers").json()}
    assert (rows["cam-1"]["size_bytes"], rows["cam-1"]["received_bytes"]) == (2_000_000, 500_000)
    assert (rows["cam-2"]["phase"], rows["cam-2"]["chunks_missing"]) == ("FETCHING", 20)
    one = api.get("/transfers", params={"limit": 1})
    assert len(one.json()) == 1
    assert 'rel="next"' in one.headers["link"]
    sums = api.get("/transfers/sums").json()
    assert (sums["orders"], sums["under_way"], sums["published_bytes"]) == (2, 1, 5)
    assert sums["whole_bytes"] - sums["received_bytes"] == 1_500_000


def test_what_is_under_way_is_called_off_and_not_ordered_again(office: Office) -> None:
    device = office.device()
    first = device.desired.primary.point.variant
    other = next(name for name in ("full-fp32", "half-int8") if name != first)
    device.report("committed", phase="COMMITTED")
    pin = {"kind": "pin", "device": "cam-1", "target": other, "reason": "r", "life_s": 3600}
    assert office.api().post("/overrides", json=pin).is_success
    office.rig.settle()
    assert device.desired.primary.point.variant == other
    under_way = device.desired.revision
    api, body = office.api(), {"reason": "metered link", "life_s": 3600}
    assert office.api("viewer").post("/devices/cam-1/call-off", json=body).status_code == 403
    late = api.post("/devices/cam-1/call-off", json=body | {"revision": under_way - 1})
    assert late.status_code == 409
    assert f"revision {under_way} is under way" in late.json()["detail"]
    body["revision"] = under_way
    kept = api.post("/devices/cam-1/call-off", json=body).json()
    assert (kept["kind"], kept["target"]) == ("avoid", other)
    office.rig.settle()
    assert device.desired.revision == under_way + 1
    assert device.desired.primary.point.variant == first
    rows = {row["revision"]: row for row in api.get("/transfers").json()}
    assert rows[under_way]["outcome"] == "superseded"
    assert rows[under_way + 1]["outcome"] == ""
    del body["revision"]
    assert api.post("/devices/cam-1/call-off", json=body).status_code == 409, "it serves that"
    device.report("committed", phase="COMMITTED")
    office.rig.settle()
    assert device.desired.primary.point.variant == first, "no plan gives it the other one"
    assert api.post("/devices/cam-1/call-off", json=body).status_code == 409, "nothing is under way"


def test_what_a_group_pins_is_not_called_off_at_one_device(office: Office) -> None:
    device, api = office.device(), office.api()
    first = device.desired.primary.point.variant
    other = next(name for name in ("full-fp32", "half-int8") if name != first)
    device.report("committed", phase="COMMITTED")
    office.rig.settle()
    assert office.api("admin").post("/groups", json={"name": "all", "query": "id"}).is_success
    pin = {"kind": "pin", "group": "all", "target": other, "reason": "r", "life_s": 3600}
    assert api.post("/overrides", json=pin).is_success
    office.rig.settle()
    refused = api.post("/devices/cam-1/call-off", json={"reason": "r", "life_s": 60})
    assert refused.status_code == 409
    assert "with group all" in refused.json()["detail"]
    assert device.desired.primary.point.variant == other


def test_what_a_new_device_waits_for_is_not_called_off(office: Office) -> None:
    office.device()
    refused = office.api().post("/devices/cam-1/call-off", json={"reason": "r", "life_s": 60})
    assert refused.status_code == 409
    assert "nothing else yet" in refused.json()["detail"]


def test_a_token_for_a_site_sees_its_own_transfers(office: Office) -> None:
    office.device("cam-1")
    office.device("cam-2")
    office.rig.store.configure_device("cam-2", None, site="north")
    api = office.api("viewer", scope="site:north")
    assert [row["device"] for row in api.get("/transfers").json()] == ["cam-2"]
    assert api.get("/transfers/sums").json()["published_bytes"] == 0
    assert api.get("/devices/cam-1/front").status_code in (403, 404)


def test_the_same_by_commands(office: Office, capsys: Captured) -> None:
    office.device()
    with served(office.app) as office.url:
        assert office.run("variant", "front", "cam-1", "--cost", "energy", "--only") == EXIT_OK
        told = capsys.readouterr()
        assert "full-fp32@" in told.out
        assert "frames/s" in told.err
        assert office.run("variant", "front", "cam-1", "--json") == EXIT_OK
        assert json.loads(capsys.readouterr().out)["points"]
        assert office.run("variant", "build", "new-int8") == EXIT_OK
        capsys.readouterr()
        office.rig.settle()
        assert office.run("job", "list", "--json") == EXIT_OK
        (job,) = json.loads(capsys.readouterr().out)
        assert office.run("job", "cancel", job["id"]) == EXIT_OK
        assert office.run("variant", "recipe", "new-int8") == EXIT_FAILED
        assert office.run("transfer", "list") == EXIT_OK
        listed = capsys.readouterr().out
        assert "cam-1" in listed and "ACCURACY IS" in listed
        assert office.run("transfer", "sums") == EXIT_OK
        given = ("--reason", "r", "--for", "1h")
        assert office.run("transfer", "call-off", "cam-1", *given) == EXIT_FAILED
