"""A device with LiteRT: probed, planned by its own probe, delivered to, proven and served."""

import json
import os
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.envelopes import remove_stale_groups
from lamplighter_demo.city.footage import timeline, write_playlist
from lamplighter_demo.city.running import close_city, enrol, start_city
from lamplighter_recipes.variants.count_figures import COUNT_FIGURES

from tests.e2e.running_city import CLIPS, DEVICES, FOOTAGE_S, PROFILE, Json, Running

DEVICE = "cam-plain"
# Three sizes of two parents are converted first, beside whatever else the machine does.
EXPORT_S = 900.0
# What a plan must save to prefer another runtime than the one every device has.
WORTH = 0.9
ALIKE = ("int8-p50", "cluster-int8-p50")  # they compute alike: a plan looks at one of them


def _is_installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


TOOLS = ("litert-torch", "ai-edge-quantizer", "ai-edge-litert")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.broker,
    pytest.mark.torch,
    pytest.mark.timeout(EXPORT_S + 600),
    pytest.mark.skipif(not all(map(_is_installed, TOOLS)), reason="LiteRT's tools are missing"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A controller that builds for both runtimes, one enrolled device, no agent started yet."""
    folder = tmp_path_factory.mktemp("city")
    remove_stale_groups()
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("LAMPLIGHTER_")]:
            patch.delenv(name)
        patch.setenv("LAMPLIGHTER_MATERIALS_DIR", str(_materials(folder / "materials")))
        patch.setenv("LAMPLIGHTER_RUNTIMES", "onnxruntime,litert")
        city = start_city(folder, CLIPS, PROFILE, DEVICES[:1], print)
        try:
            enrol(city, print)
            line = timeline(time.time(), FOOTAGE_S)
            write_playlist(folder / "south-arm.playlist.json", CLIPS, "south-arm", line)
            yield Running(city)
        finally:
            close_city(city)


def _materials(folder: Path) -> Path:
    """What ships, with the half network told to be the better one: its variants differ by more than
    a tenth in what they cost, so that the runtime decides; and nothing of how they count."""
    folder.mkdir()
    for name in ("calibration", "evaluation", "golden"):
        (folder / name).symlink_to(CLIPS.parent / name)
    weights = folder / "weights"
    weights.mkdir()
    for file in (CLIPS.parent / "weights").iterdir():
        (weights / file.name).symlink_to(file)
    (weights / COUNT_FIGURES).unlink()
    figures = weights / "variants.json"
    cards = json.loads(figures.read_text())
    figures.unlink()
    for card in cards:
        ap50 = 0.8 if card["parent"] == "nanodet-p50" else 0.4
        card["expected_ap50"] = {
            size: dict.fromkeys(row, ap50) for size, row in card["expected_ap50"].items()
        }
        card |= {"site_ap50": {}, "street_ap50": {}}
    figures.write_text(json.dumps(cards))
    return folder


@pytest.fixture(scope="module")
def agent(running: Running) -> Iterator[DemoAgent]:
    def is_offered() -> bool:
        return "litert-int8-p50" in {variant["recipe"] for variant in running.get("/variants")}

    running.eventually(is_offered, "variants for LiteRT offered", EXPORT_S)
    started = running.start(DEVICE)
    yield started
    started.stop()


@pytest.fixture
def device(running: Running, agent: DemoAgent) -> Json:
    return running.settled(DEVICE)


def test_the_device_lists_and_probes_both_runtimes(device: Json) -> None:
    assert {"onnxruntime", "litert"} <= set(device["capabilities"]["runtimes"])
    measured = [(e["runtime"], e["name"]) for e in device["probe"]["entries"] if e["work_mmac"]]
    for name in ("dense_fp32", "dense_int8", "depthwise_fp32", "depthwise_int8"):
        assert ("litert", name) in measured and ("onnxruntime", name) in measured


def test_the_plan_takes_litert_because_the_probe_says_so(running: Running, device: Json) -> None:
    document = running.get(f"/devices/{DEVICE}/plans", limit=1)[0]["document"]
    costs: dict[str, float] = {}
    primary = document["primary"]
    size = f"{primary['point']['width']}x{primary['point']['height']}"
    for variant, at, predicted in [
        (primary["variant"], size, primary["predicted"]),
        *((a["variant"], a["size"], a["predicted"]) for a in document["alternatives"]),
    ]:
        if at == size and predicted:
            costs[variant.rpartition("-")[0]] = predicted["energy_mj_per_frame"]
    here = next(costs[name] for name in ALIKE if name in costs)
    if costs["litert-int8-p50"] > WORTH * here:
        pytest.skip(f"LiteRT does not pay on this processor: {costs}")
    assert primary["variant"].startswith("litert-int8-p50")


def test_it_was_built_delivered_proven_and_serves(running: Running, device: Json) -> None:
    reported = device["reported"]
    variant = reported["serving"]["variant"]
    assert variant == device["desired"]["primary"]["point"]["variant"]
    if not variant.startswith("litert"):
        pytest.skip("LiteRT does not pay on this processor")
    assert variant in [j["subject"] for j in running.get("/jobs") if j["state"] == "done"]
    assert reported["golden_f1"] >= 0.9
    assert reported["transfer"]["chunks_missing"] == 0
    window = running.eventually(
        lambda: next(w for w in running.telemetry(DEVICE) if w["serving"]["variant"] == variant),
        "a window of it",
    )
    assert window["frames"] > 0 and window["latency_p50_ms"] > 0
