"""Many devices registered over the API and the command line, and what reaches them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.enrolment import enrol, enrol_by_code
from lamplighter_cli.commands.joining.inventory import PART
from lamplighter_cli.commands.joining.pictures import write_picture
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_controller.services.access.login_limits import MOST_FAILURES
from lamplighter_wire.joining.links import EnrolLink

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.served_app import CommandLine, api_of, served

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
RETIRED = "lamp-old"
CAMERA = "rtsp://user:secret@10.0.0.5/1"
GATES = f"""id,site,group,camera,labels,power_w
cam-1,north,gates,{CAMERA},pole=7,6
cam-[2-3],south,,,,
"""


class Office:
    """A controller with its API at a port, and its command line."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "controller").mkdir(parents=True)
        self.rig = Rig(folder / "controller", [spec("full-fp32", 0.85, 900.0)])
        self.app = create_app(self.rig.services, recipes=dict, counters=dict)
        self.url = ""
        self._monkeypatch = monkeypatch

    def token(self, role: str = "admin") -> str:
        return self.rig.services.access.make_token("ops", role)

    def api(self, role: str = "admin") -> TestClient:
        return api_of(self.app, self.token(role))

    def run(self, *words: str, role: str = "admin") -> int:
        return CommandLine(self.url, self.token(role), self._monkeypatch).run(*words)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path, monkeypatch)
    with served(made.app) as made.url:
        yield made
    made.rig.close()


def test_a_file_becomes_devices_and_running_it_again_changes_nothing(
    office: Office, tmp_path: Path, capsys: Captured
) -> None:
    gates, tokens = tmp_path / "gates.csv", tmp_path / "tokens.csv"
    gates.write_text(GATES)
    words = ("inventory", "import", str(gates), "--tokens", str(tokens))
    assert office.run(*words, "--dry-run") == EXIT_OK
    told = capsys.readouterr().out
    assert "cam-1: new (site: - -> north; label group: - -> gates; label pole: - -> 7;" in told
    assert "3 new, 0 changed, 0 as they are" in told
    assert "secret" not in told
    assert office.api().get("registrations").json() == [], "a dry run changes nothing"
    assert office.run(*words, "--yes") == EXIT_OK
    first = tokens.read_text()
    assert [line.partition(",")[0] for line in first.splitlines()[1:]] == [
        "cam-1",
        "cam-2",
        "cam-3",
    ]
    assert tokens.stat().st_mode & 0o077 == 0
    assert office.run(*words, "--yes") == EXIT_OK
    assert "0 new, 0 changed, 3 as they are" in capsys.readouterr().out
    assert tokens.read_text() == first, "the same tokens, while they hold for long enough"
    assert len(office.api().get("tokens").json()) == 3


def test_what_is_registered_reaches_the_device_when_it_enrols(
    office: Office, tmp_path: Path
) -> None:
    entry = {"id": "cam-1", "site": "north", "camera": CAMERA, "power_w": 6.0}
    pattern = {"id": "gate-*", "site": "south", "labels": {"pole": "7"}, "camera": "/dev/video0"}
    answer = office.api().post("registrations", json={"devices": [entry, pattern]}).json()
    assert [bool(one["token"]) for one in answer] == [True, False], "a pattern is no device"
    identity = enrol(office.url, answer[0]["token"], tmp_path / "cam-1", "cam-1")
    assert identity.camera == CAMERA
    record = office.rig.store.device("cam-1")
    assert (record.site, record.objective) == ("north", {"power_w": 6.0})
    token = office.api().post("tokens", json={"device": "gate-07"}).json()["token"]
    assert enrol(office.url, token, tmp_path / "gate", "gate-07").camera == "/dev/video0"
    assert office.rig.store.device("gate-07").labels == {"pole": "7"}
    kept = b"".join(f.read_bytes() for f in (tmp_path / "controller").glob("controller.db*"))
    assert b"secret@10.0.0.5" not in kept
    (listed, _) = office.api("viewer").get("registrations").json()
    assert (listed["camera"], listed["has_enrolled"]) == ("rtsp://***@10.0.0.5/1", True)
    assert office.api("operator").get("inventory").status_code == 403, "it tells passwords"


def test_a_file_with_one_bad_line_changes_nothing(
    office: Office, tmp_path: Path, capsys: Captured
) -> None:
    office.rig.device("cam-9")
    office.api().post("devices/cam-9/retire")
    gates = tmp_path / "gates.yaml"
    gates.write_text("- id: cam-1\n- id: Cam 2\n  power_w: much\n")
    assert office.run("inventory", "import", str(gates), "--yes") == EXIT_FAILED
    told = capsys.readouterr().err
    assert "gates.yaml: line 2: power_w: 'much' is no number" in told
    assert "gates.yaml: line 2: id: 'Cam 2'" in told
    gates.write_text("- id: cam-1\n- id: cam-9\n  site: north\n")
    assert office.run("inventory", "import", str(gates), "--yes") == EXIT_FAILED
    told = capsys.readouterr().err
    assert "gates.yaml: line 2: id: cam-9 is retired; take that back:" in told
    assert office.api().get("registrations").json() == []
    twice = office.api().post("registrations", json={"devices": [{"id": "a"}, {"id": "a"}]})
    assert twice.json()["errors"][0]["field"] == "body.devices[1].id"


def test_an_exported_inventory_is_imported_elsewhere(
    office: Office, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.rig.device("old-1")
    office.api().post("devices/old-1/label", json={"site": "west", "labels": {"lens": "a;b=c%"}})
    gates = tmp_path / "gates.csv"
    gates.write_text(GATES)
    assert office.run("inventory", "import", str(gates), "--yes") == EXIT_OK
    before = office.api().get("inventory").json()
    assert [one["id"] for one in before] == ["cam-1", "cam-2", "cam-3", "old-1"]
    other = Office(tmp_path / "other", monkeypatch)
    with served(other.app) as other.url:
        for ending in ("csv", "yaml", "json"):
            file = tmp_path / f"all.{ending}"
            assert office.run("inventory", "export", str(file)) == EXIT_OK
            assert file.stat().st_mode & 0o077 == 0
            assert other.run("inventory", "import", str(file), "--yes") == EXIT_OK
            assert other.api().get("inventory").json() == before
        assert office.run("inventory", "import", str(tmp_path / "all.csv"), "--yes") == EXIT_OK
    other.rig.close()
    assert capsys.readouterr().err.endswith("nothing to do\n"), "it is what is there"
    assert office.run("inventory", "export", str(tmp_path / "all.xlsx")) == EXIT_FAILED
    assert "name it with one of .csv" in capsys.readouterr().err


def test_importing_changes_devices_that_have_enrolled(office: Office, tmp_path: Path) -> None:
    office.rig.device("cam-1")
    version = office.rig.store.device("cam-1").version
    body = {"devices": [{"id": "cam-1", "site": "north", "group": "gates", "latency_p95_ms": 80}]}
    (one,) = office.api().post("registrations", json=body).json()
    assert (one["change"], one["has_enrolled"], one["token"]) == ("changed", True, "")
    record = office.rig.store.device("cam-1")
    assert (record.site, record.labels) == ("north", {"group": "gates"})
    assert record.objective == {"latency_p95_ms": 80.0}
    assert record.version == version + 1
    office.api().post("registrations", json=body)
    assert office.rig.store.device("cam-1").version == version + 1, "again changes nothing"
    kinds = [event["kind"] for event in office.api("viewer").get("events/log").json()]
    assert kinds.count("registered") == 2
    entries = office.api().get("audit", params={"subject": "registration:cam-1"}).json()
    first = min(entries, key=lambda entry: entry["number"])
    assert first["subject"] == "registration:cam-1"
    assert "site: - -> north" in first["after"]["cam-1"]


def test_codes_for_technicians(office: Office, tmp_path: Path, capsys: Captured) -> None:
    body = {"devices": [{"id": "cam-1", "site": "north", "camera": CAMERA}], "tokens": False}
    office.api().post("registrations", json=body)
    assert office.run("token", "code", "cam-1") == EXIT_OK
    code = capsys.readouterr().out.strip()
    with pytest.raises(EnrolError, match="enrol with --device cam-1"):
        enrol_by_code(office.url, code, tmp_path / "a", "cam-2")
    identity = enrol_by_code(office.url, code.lower(), tmp_path / "a", "cam-1")
    assert (identity.device, identity.camera) == ("cam-1", CAMERA)
    assert office.run("token", "list") == EXIT_OK
    assert "used" in capsys.readouterr().out
    with pytest.raises(EnrolError, match="used before"):
        enrol_by_code(office.url, code, tmp_path / "b", "cam-1")
    late = office.api().post("codes", json={"device": "cam-2"}).json()["token"]
    office.rig.clock.advance(301.0)
    with pytest.raises(EnrolError, match="has expired"):
        enrol_by_code(office.url, late, tmp_path / "c", "cam-2")
    assert office.api("operator").post("codes", json={"device": "cam-2"}).status_code == 403


def test_guessing_codes_ends_soon_and_others_go_on(office: Office, tmp_path: Path) -> None:
    for _ in range(MOST_FAILURES):
        with pytest.raises(EnrolError, match="not known here"):
            enrol_by_code(office.url, "00000-00000", tmp_path / "a", "cam-1")
    with pytest.raises(EnrolError, match=r"too many wrong tokens.*HTTP 429"):
        enrol_by_code(office.url, "00000-00001", tmp_path / "a", "cam-1")
    office.rig.clock.advance(60.0)
    code = office.api().post("codes", json={"device": "cam-1"}).json()["token"]
    enrol_by_code(office.url, code, tmp_path / "a", "cam-1")


def test_tokens_are_listed_and_revoked(office: Office, tmp_path: Path, capsys: Captured) -> None:
    made = office.api().post("tokens", json={"device": "cam-1"}).json()
    assert office.run("token", "list", "--json") == EXIT_OK
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["token"], listed["used_at"]) == (made["id"], "", None)
    assert office.run("token", "revoke", made["id"]) == EXIT_OK
    with pytest.raises(EnrolError, match="not known here"):
        enrol(office.url, made["token"], tmp_path / "a", "cam-1")
    assert office.run("token", "revoke", made["id"]) == EXIT_FAILED
    assert "see: lamplighter token list" in capsys.readouterr().err
    assert office.api("operator").get("tokens").status_code == 403


def test_a_forgotten_registration_takes_its_tokens_along(
    office: Office, tmp_path: Path, capsys: Captured
) -> None:
    (one,) = office.api().post("registrations", json={"devices": [{"id": "cam-1"}]}).json()
    assert office.run("inventory", "forget", "cam-1") == EXIT_OK
    with pytest.raises(EnrolError, match="not known here"):
        enrol(office.url, one["token"], tmp_path / "a", "cam-1")
    assert office.run("inventory", "forget", "cam-1") == EXIT_FAILED
    assert "inventory list" in capsys.readouterr().err


def test_a_qr_code_holds_all_that_an_enrolment_needs(
    office: Office, tmp_path: Path, capsys: Captured
) -> None:
    gates, folder = tmp_path / "gates.csv", tmp_path / "codes"
    gates.write_text("id\ncam-1\n")
    tokens = tmp_path / "tokens.csv"
    words = ("inventory", "import", str(gates), "--pictures", str(folder), "--yes")
    assert office.run(*words) == EXIT_FAILED
    assert "devices do not reach http://127.0.0.1" in capsys.readouterr().err
    address = "https://controller.example:8080"
    words = (*words, "--tokens", str(tokens), "--enrol-url", address)
    assert office.run(*words) == EXIT_OK
    picture = folder / "cam-1.png"
    assert picture.stat().st_mode & 0o077 == 0
    token = tokens.read_text().splitlines()[1].removeprefix("cam-1,")
    write_picture(EnrolLink(address, "cam-1", token), tmp_path / "same.png")
    assert picture.read_bytes() == (tmp_path / "same.png").read_bytes()
    enrol(office.url, token, tmp_path / "a", "cam-1")


def test_a_large_file_goes_in_parts_and_nothing_of_it_where_a_line_is_wrong(
    office: Office, tmp_path: Path, capsys: Captured
) -> None:
    file, tokens = tmp_path / "city.csv", tmp_path / "tokens.csv"
    count = 2 * PART + 1
    lines = [f"lamp-{number},north\n" for number in range(count)]
    retired = f"{RETIRED},north\n"
    api = office.api()
    office.rig.device(RETIRED)
    assert api.post(f"/devices/{RETIRED}/retire").is_success
    file.write_text("id,site\n" + "".join([*lines, retired]))
    assert office.run("inventory", "import", str(file), "--yes") == EXIT_FAILED
    told = capsys.readouterr()
    assert f"line {count + 2}" in told.err
    assert "Nothing was changed" in told.err
    assert api.get("/registrations").json() == []

    file.write_text("id,site\n" + "".join(lines))
    words = ("inventory", "import", str(file), "--yes", "--tokens", str(tokens))
    assert office.run(*words) == EXIT_OK
    told = capsys.readouterr()
    assert f"{count} new, 0 changed" in told.out
    assert f"{PART} of {count} devices registered" in told.err
    assert len(api.get("/registrations").json()) == count
    first = tokens.read_text()
    assert first.count("lamp-") == count
    assert office.run(*words) == EXIT_OK
    assert tokens.read_text() == first, "the same tokens while they hold"


def test_what_a_refused_part_leaves_is_said(
    office: Office, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.rig.device(RETIRED)
    file = tmp_path / "city.csv"
    lines = [f"lamp-{number},north\n" for number in range(PART)]
    file.write_text("id,site\n" + "".join([*lines, f"{RETIRED},north\n"]))

    def somebody_else_is_quicker(*_: object, **__: object) -> bool:
        return bool(office.api().post(f"/devices/{RETIRED}/retire").is_success)

    monkeypatch.setattr("typer.confirm", somebody_else_is_quicker)
    assert office.run("inventory", "import", str(file)) == EXIT_FAILED
    told = capsys.readouterr().err
    assert f"line {PART + 2}" in told
    assert f"The {PART} devices before it are registered" in told
    assert "Nothing was changed" not in told
    assert len(office.api().get("/registrations").json()) == PART
