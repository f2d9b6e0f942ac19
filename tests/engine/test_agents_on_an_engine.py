"""Agents come, change and go on a real engine."""

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.errors import ProvisionError
from lamplighter_wire.enrolment import Token

from tests.engine.site import Site

BROKEN = """FROM lamplighter-agent:test
ENTRYPOINT ["python3", "-c", "raise SystemExit('this image is broken')"]
"""
NEWER = "FROM lamplighter-agent:test\nLABEL version=newer\n"


def build(site: Site, dockerfile: str, tag: str) -> str:
    site.engine.client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=tag, rm=True)
    return tag


def test_an_agent_is_enrolled_limited_and_kept(site: Site) -> None:
    site.agents["cam-1"] = "limits = {cpus = 0.5, memory_mb = 300, processes = 64, tmp_mb = 16}"
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "cam-1: enrol\n" in done.output
    assert site.controller.device("cam-1").online
    facts = site.inspect("lamplighter-cam-1")
    host = facts["HostConfig"]
    assert (host["CpuQuota"], host["CpuPeriod"]) == (5_000, 10_000)
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (300e6, 300e6, 64)
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    status = site.engine.client.containers.get("lamplighter-cam-1").exec_run(
        ["python3", "-c", "print(open('/proc/self/status').read())"]
    )
    assert b"NoNewPrivs:\t1" in status.output
    assert b"CapEff:\t0000000000000000" in status.output
    assert b"Uid:\t10001" in status.output
    again = site.apply()
    assert (again.exit_code, again.output.strip()) == (0, "nothing to do")
    assert site.show()["cam-1"] | {"healthy": None} == {
        "device": "cam-1",
        "running": True,
        "healthy": None,
        "state": "online",
        "todo": [],
        "image": [site.image],
        "version": "",
    }


def test_nobody_sees_the_token(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made, seen = _tokens_made(monkeypatch), []
    stop = threading.Event()
    watcher = threading.Thread(target=lambda: seen.extend(_watch(site, stop)))
    watcher.start()
    site.agents["cam-1"] = ""
    done = site.apply()
    stop.set()
    watcher.join()
    assert done.exit_code == 0, done.output
    secret = Token.parse(made[0]).secret
    assert len(seen) > 10
    assert any("--token-file" in text for text in seen)
    assert not [text for text in seen if secret in text]
    assert secret not in done.output
    left = (site.engine.folder / "data" / "volumes").rglob("*")
    assert not [path for path in left if path.is_file() and secret.encode() in path.read_bytes()]


def _tokens_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    create = Token.__str__

    def keep(token: Token) -> str:
        made.append(create(token))
        return made[-1]

    monkeypatch.setattr(Token, "__str__", keep)
    return made


def _watch(site: Site, stop: threading.Event) -> list[str]:
    """What inspect and the list of processes show, until stopped."""
    texts = []
    while not stop.is_set():
        for container in site.engine.client.api.containers(all=True):
            try:
                texts.append(str(site.engine.client.api.inspect_container(container["Id"])))
            except Exception:  # noqa: BLE001, S112 - it may go meanwhile
                continue
        for name in ("cmdline", "environ"):
            for path in Path("/proc").glob(f"[0-9]*/{name}"):
                try:
                    if b"lamplighter_agent" in (text := path.read_bytes()):
                        texts.append(text.decode(errors="replace"))
                except OSError:
                    continue
    return texts


def test_several_agents_and_one_settings_change(site: Site) -> None:
    site.agents |= {"cam-1": "", "cam-2": ""}
    assert site.apply().exit_code == 0
    first = site.inspect("lamplighter-cam-1")["Id"]
    site.agents["cam-2"] = "settings = {telemetry_s = 5.0}"
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "cam-2: update (settings)" in done.output
    assert "cam-1:" not in done.output
    assert site.inspect("lamplighter-cam-1")["Id"] == first
    assert {name: row["state"] for name, row in site.show().items()} == {
        "cam-1": "online",
        "cam-2": "online",
    }


def test_an_update_keeps_identity_and_state(site: Site) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    site.image = build(site, NEWER, "lamplighter-agent:newer")
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "cam-1: update (image)" in done.output
    assert "enrol" not in done.output
    assert [c.name for c in site.engine.client.containers.list(all=True)] == ["lamplighter-cam-1"]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("image", "this image is broken"),
        ('settings = {telemetry_s = "soon"}', "telemetry_s"),
        ("settings = {broker_port = 9}", "is not online within 15 s, which it was before"),
    ],
)
def test_what_does_not_come_up_is_taken_back(site: Site, trouble: str, words: str) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    before = site.inspect("lamplighter-cam-1")["Id"]
    if trouble == "image":
        site.image = build(site, BROKEN, "lamplighter-agent:broken")
    else:
        site.agents["cam-1"] = trouble
        site.lines["start_s"] = 15.0
    done = site.apply()
    assert isinstance(done.exception, ProvisionError)
    assert words in str(done.exception)
    assert "runs again" in str(done.exception)
    assert site.inspect("lamplighter-cam-1")["Id"] == before
    assert len(site.engine.client.containers.list(all=True)) == 1
    eventually(lambda: site.show()["cam-1"]["state"] == "online")


def test_an_update_that_was_cut_off_is_undone_then_done(site: Site) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    container = site.engine.client.containers.get("lamplighter-cam-1")
    container.stop()
    container.rename("lamplighter-cam-1.previous")
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "go back to what ran before" in done.output
    eventually(lambda: site.show()["cam-1"]["state"] == "online")


def test_a_removed_agent_comes_back_without_a_token_unless_forgotten(site: Site) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    assert site.run("remove", str(site.file), "cam-1", "--yes").exit_code == 0
    assert site.engine.client.containers.list(all=True) == []
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "enrol" not in done.output
    assert site.run("remove", str(site.file), "cam-1", "--yes", "--forget").exit_code == 0
    assert "cam-1: enrol\n" in site.apply("--dry-run").output


def test_a_state_that_an_enrolment_left_without_an_identity_gets_one(site: Site) -> None:
    site.agents["cam-1"] = ""
    DockerEngine(site.engine.client).make_state("cam-1")
    assert site.apply("--dry-run").output.strip() == "cam-1: create and start (its state is there)"
    done = site.apply()
    assert done.exit_code == 0, done.output
    assert "cam-1: its state holds no identity: enrol" in done.output
    assert site.show()["cam-1"]["state"] == "online"
    assert [c.name for c in site.engine.client.containers.list(all=True)] == ["lamplighter-cam-1"]


def test_a_failed_enrolment_leaves_nothing(site: Site) -> None:
    site.agents["cam-1"] = ""
    site.lines["url"] = "http://127.0.0.1:9"
    done = site.apply()
    assert "enrolment failed" in str(done.exception)
    assert "is the controller running?" in str(done.exception)
    assert site.engine.client.containers.list(all=True) == []
    assert "cam-1: enrol\n" in site.apply("--dry-run").output


def test_a_device_file_is_there_and_only_that(site: Site) -> None:
    site.agents["cam-1"] = 'devices = ["/dev/full"]\ngroups = ["44"]'
    assert site.apply().exit_code == 0
    facts = site.inspect("lamplighter-cam-1")["HostConfig"]
    assert [entry["PathOnHost"] for entry in facts["Devices"]] == ["/dev/full"]
    assert facts["GroupAdd"] == ["44"]
    assert site.apply().output.strip() == "nothing to do"


def test_a_limit_that_was_changed_by_hand_is_set_again(site: Site) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    site.engine.client.containers.get("lamplighter-cam-1").update(cpu_quota=9_000)
    assert "cam-1: update (cpus)" in site.apply().output


def eventually(true: Callable[[], bool], patience_s: float = 30.0) -> None:
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_controller_knows_whom_it_has_enrolled(site: Site) -> None:
    site.agents |= {"cam-1": "", "cam-2": ""}
    assert site.apply().exit_code == 0
    known = {device.id for device in site.controller.client.send(endpoints.devices())}
    assert known >= {"cam-1", "cam-2"}
