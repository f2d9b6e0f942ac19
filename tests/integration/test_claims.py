"""Devices without a token: they ask, an operator compares fingerprints, and they come in or not."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lamplighter_agent.errors import EnrolError, UnansweredError
from lamplighter_agent.link.claims import enrol_by_claim
from lamplighter_agent.link.identity import Identity, load_identity
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_controller.services.access.login_limits import RETRY_S
from lamplighter_controller.services.registering.claims import GONE_S, MOST_PENDING
from lamplighter_wire.joining.claims import fingerprint

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
        csr = csr or key_and_request(device)[1]
        return api_of(self.app, "").post("claims", json={"device": device, "csr": csr}).status_code


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
        self.join(20)


@pytest.fixture
def asking(desk: Desk, tmp_path: Path) -> Callable[[str], Device]:
    def ask(name: str) -> Device:
        device = Device(desk, tmp_path / name, name)
        device.start()
        assert device.asked.wait(20)
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
