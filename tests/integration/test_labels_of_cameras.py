"""Accuracy before a device's own cameras, seen and labelled: API and commands."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_cli.foreign_output import LIBRARIES_LOG
from lamplighter_client.documents.street.accuracy import DeviceAccuracy
from lamplighter_controller.api.app import create_app
from lamplighter_controller.domain.street.at_camera import AS_OTHERS, BY_HEIGHTS
from lamplighter_controller.domain.variants import BY_LABELS
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.identity import parent_version, variant_id
from lamplighter_wire.messages import OperatingPoint, SeenHeights, Telemetry
from lamplighter_wire.street.object_heights import BINS, SCALE

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.height_worlds import boxes, figures
from tests.simulators.served_app import CommandLine, api_of, served

CLIP = Path("deploy/demo/clips/south-arm-sample.mp4")
WEIGHTS = Path("deploy/demo/weights")
REGIME = "day-dry-free"
POINT = OperatingPoint(variant="full-fp32", width=384, height=288)
LABELLED = {"variant": "full-fp32", "size": "384x288", "regime": REGIME, "ap50": 0.61}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    full = msgspec.structs.replace(spec("full-fp32", 0.86, 900.0), camera_figures=figures(0.5, 0.9))
    made = Rig(tmp_path, [full, spec("half-int8", 0.80, 300.0, precision="int8")])
    yield made
    made.close()


def api_to(rig: Rig, role: str = "operator") -> TestClient:
    app = create_app(rig.services, recipes=dict, counters=dict)
    return api_of(app, rig.services.access.make_token("ops", role))


def device_of(rig: Rig) -> Device:
    device = rig.device("cam-1", cpu_model="Test CPU", isa=["avx2"])
    device.introduce(60.0, 30.0)
    device.report("COMMITTED", serving=POINT, resident=["full-fp32", "half-int8"])
    return device


def has_seen(rig: Rig, low: int, tall: int) -> None:
    """A window of the device's, of 100 pictures."""
    cells = list(boxes(low, tall))
    heights = SeenHeights(scale=SCALE, pictures=100, free=cells[:BINS], covered=cells[BINS:])
    window = Telemetry(
        device="cam-1", seq=1, seconds=100.0, frames=500, serving=POINT, threshold=0.5
    )
    rig.services.receive_windows([msgspec.structs.replace(window, heights=heights)])
    rig.settle()


def accuracy_of(api: TestClient) -> DeviceAccuracy:
    answer = api.get("/devices/cam-1/accuracy")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=DeviceAccuracy)


def at(told: DeviceAccuracy, variant: str, regime: str = REGIME) -> tuple[float, str]:
    (point,) = (
        one
        for one in told.points
        if (one.variant, one.size, one.regime) == (variant, "384x288", regime)
    )
    return round(point.ap50, 3), point.basis


def test_what_a_device_has_seen_is_told_and_expected_by(rig: Rig) -> None:
    device_of(rig)
    api = api_to(rig, "viewer")
    before = accuracy_of(api)
    assert (before.seen, before.labelled, before.labelled_at) == ([], [], 0.0)
    has_seen(rig, low=400, tall=300)
    told = accuracy_of(api)
    (seen,) = told.seen
    assert (seen.point, seen.regime, seen.pictures) == ("full-fp32@384x288", REGIME, 100)
    assert sum(seen.free) == 700 and len(seen.free) == len(seen.covered) == BINS
    ap50, basis = at(told, "full-fp32")
    assert basis == BY_HEIGHTS and ap50 < at(before, "full-fp32")[0]
    assert at(told, "half-int8")[1] == AS_OTHERS
    assert at(told, "full-fp32", "night-dry-free") == at(before, "full-fp32", "night-dry-free")


def test_labels_win_until_they_are_taken_back(rig: Rig) -> None:
    device_of(rig)
    has_seen(rig, low=400, tall=300)
    api = api_to(rig)
    by_heights = accuracy_of(api)
    assert api.post("/devices/cam-1/accuracy", json={"points": [LABELLED]}).status_code == 200
    rig.settle()
    told = accuracy_of(api)
    assert at(told, "full-fp32") == (0.61, BY_LABELS)
    assert (told.labelled_by, len(told.labelled)) == ("ops", 1)
    assert told.labelled_at > 0
    assert api.post("/devices/cam-1/accuracy", json={"points": []}).status_code == 200
    rig.settle()
    assert accuracy_of(api) == by_heights


def test_a_plan_says_that_it_goes_by_labels(rig: Rig) -> None:
    device_of(rig)
    api = api_to(rig)
    points = [
        LABELLED | {"variant": name, "size": size, "ap50": 0.5 if size == "384x288" else 0.8}
        for name in ("full-fp32", "half-int8")
        for size in ("256x192", "384x288", "512x384")
    ]
    api.post("/devices/cam-1/accuracy", json={"points": points})
    rig.settle()
    plan = api.post("/devices/cam-1/plan", json={"dry_run": True}).json()
    predicted = plan["primary"]["predicted"]
    assert (predicted["ap50_basis"], predicted["expected_ap50"]) == (BY_LABELS, 0.8)
    assert any(BY_LABELS in reason for reason in plan["reasons"])


def test_the_fleet_s_table_has_what_is_expected_on_this_camera(rig: Rig) -> None:
    device = device_of(rig)
    window = Telemetry(device="cam-1", seq=1, seconds=10.0, frames=50, serving=POINT)
    rig.services.receive_windows([window])
    rig.settle()
    api = api_to(rig)
    (before,) = api.get("/fleet/rows").json()["rows"]
    served = f"{before['width']}x{before['height']}"
    point = LABELLED | {"variant": before["variant"], "size": served, "ap50": 0.33}
    api.post("/devices/cam-1/accuracy", json={"points": [point | {"low": 0.3, "high": 0.4}]})
    rig.settle()
    rig.store.update_device(device.name, last_seen=2.0)
    (row,) = api.get("/fleet/rows").json()["rows"]
    assert before["ap50_basis"] != BY_LABELS
    assert (row["expected_ap50"], row["ap50_basis"]) == (0.33, BY_LABELS)
    assert (row["ap50_low"], row["ap50_high"]) == (0.3, 0.4)


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ({"variant": "gone"}, "lamplighter variant list"),
        ({"size": "640x480"}, "it is at: 256x192"),
        ({"size": "large"}, "size"),
        ({"ap50": 1.5}, "ap50"),
        ({"regime": "a\nb"}, "control characters"),
    ],
)
def test_labels_that_cannot_be_are_refused(rig: Rig, flaw: dict[str, object], said: str) -> None:
    device_of(rig)
    refused = api_to(rig).post("/devices/cam-1/accuracy", json={"points": [LABELLED | flaw]})
    assert refused.status_code == 422
    assert said in refused.text


def test_who_only_looks_may_not_tell_what_labels_say(rig: Rig) -> None:
    device_of(rig)
    body = {"points": [LABELLED]}
    assert api_to(rig, "viewer").post("/devices/cam-1/accuracy", json=body).status_code == 403


def test_a_device_that_holds_nothing_that_can_be_built_here_is_not_measured(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    device_of(rig)
    app = create_app(rig.services, recipes=dict, counters=dict)
    token = rig.services.access.make_token("ops", "operator")
    with served(app) as url:
        command = CommandLine(url, token, monkeypatch)
        assert command.run("evaluate", "cam-1", "--labels", str(CLIP)) == EXIT_FAILED
    assert "full-fp32, half-int8" in capsys.readouterr().err


@pytest.mark.torch
def test_the_command_measures_what_a_device_holds_on_a_clip_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the float graph of the half-width parent, built here as the controller's is."""
    recipe = load_catalogue()["p50"]
    name = variant_id(recipe, parent_version(recipe.parent, WEIGHTS), "x86_64")
    offered = msgspec.structs.replace(spec(name, 0.8, 300.0), recipe="p50")
    rig = Rig(tmp_path, [offered])
    device = rig.device("cam-1", cpu_model="Test CPU", isa=["avx2"])
    device.introduce(60.0, 30.0)
    device.report("COMMITTED", serving=OperatingPoint(variant=name), resident=[name])
    app = create_app(rig.services, recipes=dict, counters=dict)
    token = rig.services.access.make_token("ops", "operator")
    with served(app) as url:
        command = CommandLine(url, token, monkeypatch)
        out = ("--out", str(tmp_path / "variants"))
        assert command.run("evaluate", "cam-1", "--labels", str(CLIP), *out) == EXIT_OK
    printed = capsys.readouterr()
    assert BY_LABELS in printed.out
    told = printed.err.splitlines()
    assert any(line.startswith(f" 80% measure {name}: at 256x192, about ") for line in told), told
    assert (tmp_path / "variants" / LIBRARIES_LOG).exists()
    told = accuracy_of(api_of(app, token))
    assert {one.regime for one in told.labelled} == {"day-dry-jam"}
    sizes = {one.size: one for one in told.labelled}
    assert 0.2 < sizes["256x192"].ap50 < sizes["512x384"].ap50 <= 1.0
    assert sizes["512x384"].low <= sizes["512x384"].ap50 <= sizes["512x384"].high
    assert (sizes["512x384"].pictures, sizes["512x384"].objects > 20) == (4, True)
    rig.close()
