"""From a token to a proven variant in service, and what power cuts and a lost broker do to it."""

import shutil
import stat
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from lamplighter_demo.city.agents import DemoAgent

from tests.e2e.running_city import Json, Running

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.torch]
DEVICE = "cam-plain"
# A restart: interpreter, onnxruntime and the model, on a shared core with a quota.
RESTART_S = 30.0
OUTAGE_S = 5.0


@pytest.fixture(scope="module")
def agent(running: Running) -> Iterator[DemoAgent]:
    started = running.start(DEVICE)
    yield started
    started.stop()


@pytest.fixture
def device(running: Running, agent: DemoAgent) -> Json:
    """The device as the API shows it now, with its last plan carried out.

    Read anew for each test: a breach on a busy machine may have led to another plan.
    """
    return running.settled(DEVICE)


def test_the_device_has_an_identity_of_its_own(
    running: Running, agent: DemoAgent, device: Json
) -> None:
    identity = agent.state_dir / "identity"
    assert stat.S_IMODE((identity / "device.key").stat().st_mode) == 0o600
    assert "CERTIFICATE" in (identity / "device.pem").read_text()
    kinds = [e["kind"] for e in running.get("/events/log", device=DEVICE, limit=1000)]
    assert "enrolled" in kinds
    assert device["online"]


def test_capabilities_and_probe_are_told(device: Json) -> None:
    capabilities, entries = device["capabilities"], device["probe"]["entries"]
    assert "0.7 core" in capabilities["realised_by"]
    assert capabilities["camera_width"] == 640
    assert {"dense_fp32", "dense_int8"} <= {e["name"] for e in entries}
    assert all(e["latency_p50_ms"] > 0 for e in entries)


def test_the_plan_has_reasons_and_turned_down_alternatives(running: Running, device: Json) -> None:
    plan = running.get(f"/devices/{DEVICE}/plans", limit=1)[0]
    assert plan["variant"] == device["desired"]["primary"]["point"]["variant"]
    document = plan["document"]
    assert any("points keep every limit" in reason for reason in document["reasons"])
    assert document["primary"]["predicted"]["latency_p95_ms"] > 0
    assert document["primary"]["predicted"]["expected_ap50"] > 0.3
    assert all(a["rejected_because"] for a in document["alternatives"])


def test_the_workshop_built_it_and_the_device_proved_it(running: Running, device: Json) -> None:
    reported = device["reported"]
    variant = reported["serving"]["variant"]
    assert variant == device["desired"]["primary"]["point"]["variant"]
    assert variant in [j["subject"] for j in running.get("/jobs") if j["state"] == "done"]
    phases = [name for name, _ in reported["phases"]]
    assert phases == ["FETCHING", "VERIFYING", "STAGED", "PROBATION", "COMMITTED"]
    assert reported["golden_f1"] >= 0.9
    assert reported["transfer"]["chunks_missing"] == 0


def test_windows_of_telemetry_arrive(running: Running, device: Json) -> None:
    variant = device["reported"]["serving"]["variant"]

    def served() -> list[Json]:
        windows = running.telemetry(DEVICE)
        return [w for w in windows if w["serving"]["variant"] == variant and w["frames"]][2:]

    window = running.eventually(served, "telemetry of the committed variant")[-1]
    assert 0 < window["latency_p50_ms"] <= window["latency_p95_ms"]
    assert window["energy_source"] and window["energy_mj_per_frame"] > 0
    assert window["fps_served"] > 1


def test_after_a_power_cut_the_known_good_serves_at_once(
    running: Running,
    agent: DemoAgent,
    device: Json,
    record_property: Callable[[str, object], None],
) -> None:
    variant, revision = device["reported"]["serving"]["variant"], device["revision"]
    chunks = running.metric('lamplighter_chunks_total{kind="chunks"}')
    agent.power_off()
    held = len(running.frames(DEVICE))
    began = time.time()
    agent.start()
    first = running.eventually(
        lambda: running.frames(DEVICE)[held:], "frames after the restart", RESTART_S
    )[0]
    assert first["variant"] == variant
    record_property("first_frame_s", round(first["at"] - began, 2))
    running.eventually(
        lambda: running.telemetry(DEVICE)[-1]["start"] > began, "telemetry after the restart"
    )
    assert running.metric('lamplighter_chunks_total{kind="chunks"}') == chunks, "no download"
    assert running.get(f"/devices/{DEVICE}")["revision"] == revision


def test_with_its_key_but_without_its_state_it_fetches_its_variant_and_serves(
    running: Running, agent: DemoAgent, device: Json
) -> None:
    """As after another card in the same board, onto which `identity` was copied."""
    chunks = running.metric('lamplighter_chunks_total{kind="chunks"}')
    agent.power_off()
    held = len(running.frames(DEVICE))
    for path in agent.state_dir.iterdir():
        if path.name != "identity":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    began = time.time()
    agent.start()
    running.eventually(lambda: running.frames(DEVICE)[held:], "frames without a state", 60.0)
    shown = running.settled(DEVICE)
    point = shown["desired"]["primary"]["point"]
    assert shown["online"]
    assert shown["reported"]["serving"]["variant"] == point["variant"]
    assert running.metric('lamplighter_chunks_total{kind="chunks"}') > chunks, "what it had lost"
    running.eventually(lambda: running.telemetry(DEVICE)[-1]["start"] > began, "telemetry of it")


def test_without_a_broker_the_device_serves_and_tells_it_later(
    running: Running, device: Json
) -> None:
    running.eventually(lambda: running.get(f"/devices/{DEVICE}")["online"], "the device is online")
    before = running.broker().pid
    began = time.time()
    with running.outage():
        time.sleep(OUTAGE_S)
        ended = time.time()
        served = [f for f in running.frames(DEVICE) if began < f["at"] < ended]
    assert len(served) > OUTAGE_S, "frames are served while nobody listens"
    running.eventually(lambda: running.broker().pid != before, "a new broker")

    def told() -> list[Json]:
        windows = running.telemetry(DEVICE)
        return windows if windows[-1]["start"] > ended + 1 else []

    windows = running.eventually(told, "telemetry after the outage")
    windows = [w for w in windows if began - 3 < w["start"] < ended + 1]
    assert sum(began < w["start"] < ended for w in windows) >= OUTAGE_S - 2
    gaps = [b["start"] - a["start"] - a["seconds"] for a, b in pairwise(windows)]
    assert max(gaps) < 1.0, f"windows are missing: {gaps}"
    assert len({w["seq"] for w in windows}) == len(windows), "nothing is counted twice"
