"""Doctors of controller and device: real ones that are well, and others that are not."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_agent.link.enrolment import enrol
from lamplighter_agent.link.identity import load_identity
from lamplighter_client.target import find_controller
from lamplighter_controller.link.broker_choice import make_broker
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.settings import ControllerSettings

from tests.integration.test_controller_serve import Server

pytestmark = pytest.mark.broker
PLATFORM = "https://platform.example/ngsi-ld/v1/entityOperations/upsert"
CLIP = next((Path(__file__).resolve().parents[2] / "deploy/demo/clips").glob("*.mp4"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("doctor") / "data")
    made.data.mkdir()
    made.settings["LAMPLIGHTER_STREET_PUSH_URL"] = f"{PLATFORM}?key=Wolke"
    made.start()
    yield made
    assert made.process is not None
    made.process.terminate()
    try:
        made.process.wait(60)
    finally:
        made.process.kill()


def findings(module: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and the findings by name: the worst of each."""
    command = [sys.executable, "-m", module, *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    order = ("ok", "skipped", "warning", "failed")
    found = sorted(json.loads(done.stdout), key=lambda entry: order.index(entry["result"]))
    return done.returncode, {entry["check"]: entry for entry in found}


def enrolled(server: Server, folder: Path, device: str) -> Path:
    api = server.facts["url"]
    words = ["token", "create", device, "--data", str(server.data)]
    command = [sys.executable, "-m", "lamplighter_cli", *words]
    token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    enrol(api, token, folder / device, device)
    return folder / device


def test_a_controller_that_runs_is_well(server: Server) -> None:
    code, found = findings("lamplighter_cli", "doctor", "--data", str(server.data))
    bad = {name: entry for name, entry in found.items() if entry["result"] == "failed"}
    assert (code, bad) == (0, {})
    assert "schema" in found["database"]["found"]
    assert str(server.facts["broker_port"]) in found["broker"]["looked_at"]
    assert "0 of " in found["controller"]["found"]
    push = found["street push"]
    assert (push["looked_at"], push["found"]) == (PLATFORM, "nothing was taken since the start")


def test_it_is_looked_at_from_elsewhere(server: Server) -> None:
    here = find_controller(server.data)
    there = ("--url", here.url, "--token", here.token)
    code, found = findings("lamplighter_cli", "doctor", *there)
    assert (code, {"street push", "disk"} <= found.keys()) == (0, True)
    code, found = findings("lamplighter_cli", "doctor", *there[:3], "unknown")
    assert (code, list(found)) == (1, ["controller"])


def test_a_folder_without_a_controller_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMPLIGHTER_STREET_PUSH_URL", PLATFORM)
    data = tmp_path / "data"
    (data / "pki").mkdir(parents=True)
    data.chmod(0o700)
    (data / "pki" / "ca.crt").write_text("no certificate")
    (data / "controller.db").write_text("no database, but longer than its header would be" * 10)
    code, found = findings("lamplighter_cli", "doctor", "--data", str(data))
    assert code == 1
    assert {found[name]["result"] for name in ("certificates", "database")} == {"failed"}
    assert "lamplighter restore" in found["certificates"]["mend"]
    assert "controller" not in found
    push = found["street push"]
    assert (push["result"], push["looked_at"]) == ("skipped", PLATFORM), "nobody knows"


def test_a_device_that_is_enrolled_is_well(server: Server, tmp_path: Path) -> None:
    state = enrolled(server, tmp_path, "cam-1")
    state.chmod(0o700)
    words = ("--state-dir", str(state), "doctor", "--source", str(CLIP))
    code, found = findings("lamplighter_agent", *words)
    bad = {name: entry for name, entry in found.items() if entry["result"] == "failed"}
    assert (code, bad) == (0, {})
    assert "cam-1" in found["identity"]["found"]
    assert "takes this device" in found["broker"]["found"]
    assert "from ours" in found["controller"]["found"]


def test_a_device_that_nothing_helps_says_everything_at_once(
    server: Server, tmp_path: Path
) -> None:
    state = enrolled(server, tmp_path, "cam-2")
    identity = load_identity(state)
    # Its disk was cut short, and somebody copied its key about.
    stranger = Authority(tmp_path / "other").controller_files()
    shutil.copy(stranger.cert, identity.tls.cert)
    shutil.copy(stranger.key, identity.tls.key)
    identity.tls.key.chmod(0o644)
    words = ("--state-dir", str(state), "doctor", "--source", str(tmp_path / "none.mp4"))
    code, found = findings("lamplighter_agent", *words)
    assert code == 1
    failed = {name for name, entry in found.items() if entry["result"] == "failed"}
    assert failed == {"camera", "broker", "secrets"}
    assert all(found[name]["mend"] for name in failed)


def test_before_it_is_enrolled_a_device_is_only_checked(tmp_path: Path) -> None:
    words = ("--state-dir", str(tmp_path / "state"), "check", "--source", str(CLIP))
    code, found = findings("lamplighter_agent", *words)
    assert (code, found["identity"]["result"], found["camera"]["result"]) == (0, "skipped", "ok")
    code, found = findings("lamplighter_agent", *words[:2], "doctor", *words[3:])
    assert (code, found["identity"]["result"]) == (1, "failed")
    assert "enrol --url" in found["identity"]["mend"]


def test_the_controller_believes_a_broker_that_listens_on_one_address(tmp_path: Path) -> None:
    settings = ControllerSettings(
        data_dir=tmp_path, broker_bind="127.0.0.9", public_names=["controller.example"]
    )
    authority = Authority(tmp_path / "pki")
    make_broker(settings, authority)
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate((tmp_path / "pki/server.crt").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names][:2] == ["controller.example", "127.0.0.9"]
