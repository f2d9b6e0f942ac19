"""Devices without a token: they ask, an operator compares fingerprints, and they come in or not."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from lamplighter_agent.errors import EnrolError, UnansweredError
from lamplighter_agent.link.claims import enrol_by_claim
from lamplighter_agent.link.identity import Identity, load_identity
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_controller.services.access.login_limits import RETRY_S
from lamplighter_controller.services.registering.claims import GONE_S, MOST_PENDING
from lamplighter_controller.store.records import CertificateRecord
from lamplighter_wire.codec import encode
from lamplighter_wire.enrolment import build_request
from lamplighter_wire.joining.claims import fingerprint
from lamplighter_wire.messages import Birth
from lamplighter_wire.topics import up

from tests.simulators.certificates import key_and_request
from tests.simulators.controller_rig import Rig, spec
from tests.simulators.served_app import CommandLine, api_of, served

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Desk:
    """A controller with its API at a port, and an operator at its command line."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = Rig(folder, [spec("full-fp32", 0.85, 900.0)])
        self.app = create_app(self.rig.services, recipes=dict, counters=dict)
        self.url = ""
        self._monkeypatch = monkeypatch

    def api(self, role: str = "admin") -> TestClient:
        return api_of(self.app, self.rig.services.access.make_token("ops", role))

    def run(self, *words: str) -> int:
        token = self.rig.services.access.make_token("ops", "admin")
        return CommandLine(self.url, token, self._monkeypatch).run(*words)

    def ask(self, device: str, csr: str = "") -> int:
        """A stranger's claim; the status."""
        return self.claim(device, csr or key_and_request(device)[1]).status_code

    def claim(self, device: str, csr: str) -> httpx.Response:
        return api_of(self.app, "").post("claims", json={"device": device, "csr": csr})

    def accepted(self, device: str) -> str:
        """The request of a device whose claim an operator has just accepted."""
        self.api().post("claims/window", json={"life_s": 60})
        _, csr = key_and_request(device)
        assert self.ask(device, csr) == 200
        self.api().post("claims/window", json={"life_s": 0})
        pending = [c for c in self.api().get("claims").json() if c["state"] == "pending"]
        assert self.api().post(f"claims/{pending[0]['id']}/accept", json={}).is_success
        return csr

    def is_let_in(self, device: str, csr: str) -> bool:
        answer = self.claim(device, csr)
        assert answer.status_code in (200, 409)
        return answer.status_code == 200 and bool(answer.json()["certificate"])

    def speak(self, device: str) -> None:
        """It uses its certificate: its first session begins."""
        birth = Birth(device=device, epoch=7, run="r")
        self.rig.broker.route(up(device, "birth"), encode(birth), False)
        self.rig.settle()
        assert self.rig.store.device(device).online

    def leave(self, device: str, *steps: str) -> None:
        for step in steps:
            body = {"reason": "stolen"} if step == "revoke" else None
            assert self.api().post(f"devices/{device}/{step}", json=body).is_success

    def enrol(self, device: str) -> None:
        """By a token, with another key."""
        token, _ = self.rig.services.joining.tokens.create(device)
        request = build_request(token, device, key_and_request(device)[1])
        self.rig.services.enrolment.enrol(request)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    (tmp_path / "controller").mkdir()
    made = Desk(tmp_path / "controller", monkeypatch)
    with served(made.app) as made.url:
        yield made
    made.rig.close()


class Device(threading.Thread):
    """An agent that asks; `told` is what it shows. It asks again when it is let."""

    def __init__(self, desk: Desk, folder: Path, name: str) -> None:
        super().__init__(daemon=True)
        self._desk, self._folder, self._name = desk, folder, name
        self.told: list[str] = []
        self.identity: Identity | None = None
        self.error: Exception | None = None
        self.asked, self._again = threading.Event(), threading.Semaphore(0)

    def run(self) -> None:
        def wait(_seconds: float) -> None:
            self.asked.set()
            self._again.acquire()

        try:
            url = self._desk.url
            self.identity = enrol_by_claim(
                url, self._folder, self._name, tell=self.told.append, wait=wait
            )
        except EnrolError as error:
            self.error = error

    def ask_again(self) -> None:
        self._again.release()
        self.join(60.0)


@pytest.fixture
def asking(desk: Desk, tmp_path: Path) -> Callable[[str], Device]:
    def ask(name: str) -> Device:
        device = Device(desk, tmp_path / name, name)
        device.start()
        assert device.asked.wait(60.0)
        return device

    return ask


def test_a_device_without_a_token_comes_in_when_it_is_accepted(
    desk: Desk, asking: Callable[[str], Device], capsys: Captured
) -> None:
    camera = {"id": "cam-*", "camera": "rtsp://u:secret@cam/1", "labels": {"lens": "wide"}}
    desk.api().post("registrations", json={"devices": [camera]})
    assert desk.run("claim", "open", "--hours", "2") == EXIT_OK
    device = asking("cam-7")
    (claim,) = desk.api("operator").get("claims").json()
    shown = re.search(r"fingerprint ((?:\w{4}-){3}\w{4});", device.told[0])
    assert shown is not None
    assert claim["fingerprint"] == shown[1], "both sides show the same"
    assert (claim["device"], claim["state"], claim["source"]) == ("cam-7", "pending", "127.0.0.1")
    assert desk.run("claim", "list") == EXIT_OK
    assert claim["fingerprint"] in capsys.readouterr().out
    words = ("claim", "accept", claim["id"], "--site", "north", "--label", "pole=7", "--yes")
    assert desk.run(*words) == EXIT_OK
    device.ask_again()
    assert device.identity is not None
    assert device.identity.camera == "rtsp://u:secret@cam/1"
    record = desk.rig.store.device("cam-7")
    assert (record.site, record.labels) == ("north", {"lens": "wide", "pole": "7"})
    assert desk.run("claim", "accept", claim["id"], "--yes") == EXIT_FAILED
    assert "is accepted already" in capsys.readouterr().err
    kinds = [event["kind"] for event in desk.api("viewer").get("events/log").json()]
    assert kinds.count("claimed") == 3


def test_a_rejected_device_asks_in_vain(
    desk: Desk, asking: Callable[[str], Device], tmp_path: Path
) -> None:
    desk.api().post("claims/window", json={"life_s": 60})
    device = asking("cam-7")
    (claim,) = desk.api().get("claims").json()
    assert desk.run("claim", "reject", claim["id"]) == EXIT_OK
    device.ask_again()
    assert "an operator has rejected cam-7" in str(device.error)
    with pytest.raises(EnrolError, match="not enrolled"):
        load_identity(tmp_path / "cam-7")


def test_the_fingerprint_is_of_both_keys_so_that_nobody_can_stand_between() -> None:
    assert fingerprint("a", "b") == fingerprint("a", "b")
    assert len({fingerprint("a", "b"), fingerprint("b", "a"), fingerprint("a", "c")}) == 3
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", fingerprint("a", ""))


def test_nobody_asks_while_claims_are_not_taken(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(EnrolError, match="lamplighter claim open"):
        enrol_by_claim(desk.url, tmp_path / "a", "cam-7")
    desk.api().post("claims/window", json={"life_s": 60})
    assert desk.api("operator").get("claims/window").json()["until"] > 0
    desk.rig.clock.advance(61)
    assert desk.ask("cam-7") == 409
    assert desk.run("claim", "open") == EXIT_OK
    assert desk.run("claim", "close") == EXIT_OK
    assert desk.ask("cam-7") == 409
    assert desk.api("operator").post("claims/window", json={"life_s": 60}).status_code == 403


def test_who_has_enrolled_is_not_claimed_in_its_place(desk: Desk) -> None:
    desk.api().post("claims/window", json={"life_s": 3600})
    desk.rig.device("cam-1")
    assert desk.ask("cam-1") == 409
    _, csr = key_and_request("cam-2")
    assert desk.ask("cam-2", csr) == 200
    assert desk.ask("cam-3", csr) == 409, "one key is one device"
    assert desk.ask("Cam 4") == 422
    assert desk.ask("cam-5", "no request") == 422
    assert [claim["device"] for claim in desk.api().get("claims").json()] == ["cam-2"]


def test_an_answer_that_was_lost_is_given_again_until_the_device_has_been_here(desk: Desk) -> None:
    csr = desk.accepted("cam-7")
    assert desk.is_let_in("cam-7", csr)
    assert desk.is_let_in("cam-7", csr), "its answer was lost, and claims are closed"
    desk.speak("cam-7")
    assert not desk.is_let_in("cam-7", csr)
    assert "lamplighter token create cam-7" in desk.claim("cam-7", csr).json()["detail"]
    desk.rig.clock.advance(1000 * 86_400.0)
    assert not desk.is_let_in("cam-7", csr), "who slept past the end needs an operator"


@pytest.mark.parametrize("way", [("retire", "release"), ("revoke", "release"), ("revoke",)])
@pytest.mark.parametrize("has_been_here", [True, False])
def test_who_has_left_does_not_come_back_by_an_old_claim(
    desk: Desk, way: tuple[str, ...], has_been_here: bool
) -> None:
    csr = desk.accepted("cam-7")
    assert desk.is_let_in("cam-7", csr)
    if has_been_here:
        desk.speak("cam-7")
    desk.rig.store.add_certificate(
        CertificateRecord(serial="a1", device="cam-7", issued_at=desk.rig.clock.time())
    )
    desk.leave("cam-7", *way)
    assert not desk.is_let_in("cam-7", csr)
    if way[-1] == "release":
        desk.enrol("cam-7")
        assert not desk.is_let_in("cam-7", csr), "nor in the place of who has the name now"


def test_an_accepted_claim_ends_when_another_comes_in_under_its_name(desk: Desk) -> None:
    csr = desk.accepted("cam-7")
    desk.enrol("cam-7")
    assert not desk.is_let_in("cam-7", csr)
    assert [claim["state"] for claim in desk.api().get("claims").json()] == []


def test_of_two_claims_of_one_name_one_is_accepted(desk: Desk, capsys: Captured) -> None:
    desk.api().post("claims/window", json={"life_s": 60})
    for _ in range(2):
        assert desk.ask("cam-7") == 200
    first, second = (claim["id"] for claim in desk.api().get("claims").json())
    assert desk.run("claim", "accept", first, "--yes") == EXIT_OK
    assert desk.run("claim", "accept", second, "--yes") == EXIT_FAILED
    assert "is accepted as cam-7 and about to come in" in capsys.readouterr().err


def test_those_who_wait_are_bounded_and_make_room_when_they_have_gone(desk: Desk) -> None:
    desk.api().post("claims/window", json={"life_s": 6 * 3600})
    statuses = [desk.ask(f"cam-{number}") for number in range(21)]
    assert (statuses.count(200), statuses[-1]) == (20, 429), "so many at once from one address"
    for number in range(20, MOST_PENDING):
        if number % 20 == 0:
            desk.rig.clock.advance(20 * RETRY_S)
        assert desk.ask(f"cam-{number}") == 200
    desk.rig.clock.advance(RETRY_S)
    assert desk.ask("one-more") == 429
    assert len(desk.api().get("claims").json()) == MOST_PENDING
    desk.rig.clock.advance(GONE_S)
    assert desk.ask("one-more") == 200
    assert [claim["device"] for claim in desk.api().get("claims").json()] == ["one-more"]


def test_a_claim_needs_a_connection_that_can_be_trusted(tmp_path: Path) -> None:
    with pytest.raises(EnrolError, match="a claim needs https://"):
        enrol_by_claim("http://10.0.0.1:8080", tmp_path, "cam-7")
    with pytest.raises(UnansweredError, match="cannot reach"):
        enrol_by_claim("http://127.0.0.1:9", tmp_path, "cam-7")
