"""A task, a monitor and a family of another distribution go the whole way.

A parent is trained, built in two precisions, planned for by its own metric and regimes, delivered
over a real broker, proven and served by a real agent, which reports metrics of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.errors import TaskError
from lamplighter_wire.messages import Capabilities, Probe, ProbeEntry, Regime, Workload
from lamplighter_wire.tasks.registry import find_task

from tests.integration.test_controller_serve import Server, eventually
from tests.simulators import road_state
from tests.simulators.road_state import RECIPES, SHIPPED

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.torch]

DEVICE = "road-1"
CLIP = SHIPPED / "clips" / "east-arm-midday-rain.mp4"
REGIMES = {"day-dry", "day-wet", "night-dry"}
# Its parents are exported by torch first, and the machine may do much else.
SERVED_S = 240.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example as an installed distribution."""
    with pytest.raises(TaskError):
        find_task("road-state")
    folder = road_state.install(tmp_path_factory.mktemp("road"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


@pytest.fixture(scope="module")
def materials(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Materials with the trained parent."""
    folder = road_state.materials(tmp_path_factory.mktemp("workshop") / "materials")
    card = json.loads(road_state.train(folder).read_text())
    assert card["accuracy"]["128x96"][""] > 0.8
    return folder


@pytest.fixture(scope="module")
def cards(
    site: Path, materials: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, VariantCard]:
    """Both variants, built and measured as the page says."""
    out = tmp_path_factory.mktemp("build")
    options = ["--recipes", str(RECIPES), "--materials", str(materials), "--out", str(out)]
    built = {}
    for name in ("road-fp32", "road-int8"):
        _lamplighter(site, "recipe", "check", str(RECIPES / f"{name}.toml"))
        card = _lamplighter(site, "compress", "road-cnn", name, *options)
        built[name] = msgspec.json.decode(card, type=VariantCard)
    return built


def _lamplighter(site: Path, *arguments: str) -> str:
    """What a command prints, with the example installed."""
    command = [sys.executable, "-m", "lamplighter_cli", *arguments]
    environment = os.environ | _installed(site)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _installed(site: Path) -> dict[str, str]:
    paths = [str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def test_the_workshop_builds_and_judges_it_by_its_own_metric(cards: dict[str, VariantCard]) -> None:
    plain, small = cards["road-fp32"], cards["road-int8"]
    assert (plain.task, plain.family, plain.model) == ("road-state", "road-cnn", "road-cnn")
    assert (plain.precision, small.precision, small.activations) == ("fp32", "int8", "u8")
    assert small.size_bytes < 0.6 * plain.size_bytes
    for card in cards.values():
        assert set(card.expected_ap50) == {"96x64", "128x96"}
        assert set(card.expected_ap50["128x96"]) == REGIMES
        assert min(card.measured_ap50["128x96"].values()) > 0.6
        assert (card.golden[0].width, len(card.golden[0].boxes)) == (128, 1)
        assert sum(card.golden[0].boxes[0]) == pytest.approx(1.0, abs=1e-3)
        assert card.thresholds == {}


def _spec(card: VariantCard, accuracy: dict[str, float]) -> VariantSpec:
    return VariantSpec(
        id=card.id,
        task=card.task,
        precision=card.precision,
        sizes=["128x96"],
        mmac=card.mmac,
        bytes_moved=card.bytes_moved,
        memory_bytes=card.memory_bytes,
        expected_ap50={"128x96": accuracy},
        manifest="a" * 64,
    )


def test_a_plan_chooses_by_its_metric_in_its_regimes(cards: dict[str, VariantCard]) -> None:
    plain = _spec(cards["road-fp32"], {"day-dry": 0.9, "day-wet": 0.9, "night-dry": 0.8})
    small = _spec(cards["road-int8"], {"day-dry": 0.9, "day-wet": 0.8, "night-dry": 0.9})
    boxes = VariantSpec(
        id="boxes", sizes=["128x96"], mmac={"128x96": 1.0}, expected_ap50={"128x96": {"": 1.0}}
    )
    rates = {"dense_fp32": 4.0, "dense_int8": 2.0, "depthwise_fp32": 4.0, "depthwise_int8": 2.0}
    entries = [ProbeEntry(name=n, latency_p50_ms=ms, work_mmac=10.0) for n, ms in rates.items()]
    view = DeviceView(
        id=DEVICE,
        capabilities=Capabilities(task="road-state", runtimes={"onnxruntime": "1"}),
        probe=Probe(entries=entries),
    )
    chosen = {}
    for light, road in (("day", "wet"), ("night", "dry")):
        regime = Regime(light=light, weather="", density="", axes={"road": road})
        there = DeviceView(
            view.id, view.capabilities, view.probe, Workload(regime=regime, fps_demand=2.0)
        )
        plan = choose(there, Objective(), [plain, small, boxes], Predictor())
        assert plan.primary is not None
        assert plan.regime == f"{light}-{road}"
        assert any("accuracy 0.9" in reason for reason in plan.reasons), plan.reasons
        named = {regime for rung in plan.ladder for regime in rung.regimes}
        assert named == {"day-dry", "day-wet", "night-dry", "night-wet"}
        turned_down = {a.spec.id: a.rejected_because for a in plan.alternatives}
        assert turned_down["boxes"] == "it is for traffic, the device for road-state"
        chosen[plan.regime] = plan.primary.spec.id
    assert chosen == {"day-wet": plain.id, "night-dry": small.id}


class Camera:
    """An agent as a process."""

    def __init__(self, folder: Path, url: str, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        folder.mkdir()
        values = {
            "state_dir": str(folder / "state"),
            "url": url,
            "task": "road-state",
            "source": str(CLIP),
            "fps_floor": 4.0,
            "fps_cap": 4.0,
            "telemetry_s": 1.0,
        }
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
        (folder / "agent.toml").write_text("".join(lines))

    def run(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "lamplighter_agent"]
        command += ["--config", str(self._folder / "agent.toml"), *arguments]
        with (self._folder / "agent.log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=self._environment
            )

    @property
    def log(self) -> str:
        return (self._folder / "agent.log").read_text()[-4000:]


@pytest.fixture
def served(site: Path, materials: Path, tmp_path: Path) -> Iterator[tuple[Server, httpx.Client]]:
    """A controller whose workshop has the family and the parent."""
    server = Server(tmp_path / "data")
    server.data.mkdir()
    server.settings = {
        **_installed(site),
        "LAMPLIGHTER_MATERIALS_DIR": str(materials),
        "LAMPLIGHTER_RECIPES_DIR": str(RECIPES),
        "LAMPLIGHTER_PROBATION_FRAMES": "8",
        "LAMPLIGHTER_PROBATION_S": "1",
    }
    yield server, server.start()
    server.stop()


def test_a_device_of_the_task_is_served_and_tells_its_own_metrics(
    served: tuple[Server, httpx.Client], site: Path, tmp_path: Path
) -> None:
    server, api = served
    camera = Camera(tmp_path / "camera", server.facts["url"], os.environ | server.settings)
    token = api.post("/tokens", json={"device": DEVICE}).json()["token"]
    assert camera.run("enrol", "--device", DEVICE, "--token", token).wait(60) == 0, camera.log
    agent = camera.run("run")
    try:
        device = _served_device(api, camera)
        _is_of_the_task(device)
        ended = api.get(f"/devices/{DEVICE}/deployments").json()
        # A later revision of the same variant, as when the camera's facts are known, asks for none.
        assert max(d["reported"]["golden_f1"] for d in ended if d["reported"]) > 0.9
        variants = {v["id"]: v for v in api.get("/variants").json()}
        served_variant = variants[device["reported"]["serving"]["variant"]]
        assert (served_variant["task"], served_variant["built"]) == ("road-state", True)
        assert set(served_variant["expected_ap50"]["128x96"]) == REGIMES
        shown = _lamplighter(site, "device", "show", DEVICE, "--data", str(server.data))
        assert "measures   median_confidence" in shown
        assert "wet_share" in shown
    finally:
        agent.terminate()
        agent.wait(30)


def _served_device(api: httpx.Client, camera: Camera) -> dict[str, Any]:
    """The device once it serves, and a whole window of that has come."""

    def device() -> dict[str, Any] | None:
        shown = dict(api.get(f"/devices/{DEVICE}").json())
        committed = (shown["reported"] or {}).get("outcome") == "committed"
        window = shown["telemetry"] or {}
        told = window.get("metrics") and window["regime"]["axes"]
        return shown if committed and told else None

    try:
        return dict(eventually(device, SERVED_S))
    except AssertionError as error:
        raise AssertionError(camera.log) from error


def _is_of_the_task(device: dict[str, Any]) -> None:
    assert device["capabilities"]["task"] == "road-state"
    window = device["telemetry"]
    assert window["regime"]["axes"]["road"] in ("dry", "wet")
    assert 0 <= window["metrics"]["wet_share"] <= 1
    assert window["counts"] == {}
    rungs = [device["desired"]["primary"], *device["desired"]["ladder"]]
    assert {regime for rung in rungs for regime in rung["regimes"]} <= REGIMES | {"night-wet"}
