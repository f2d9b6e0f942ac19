"""The page on users' own models, executed with tiny ones: added, planned, served, removed."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.test_controller_serve import Server, eventually
from tests.simulators.foreign_models import cvat_folder, light_folders, yolo_graph

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.torch, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/bring-your-own-model.md").read_text()
CLIP = ROOT / "deploy/demo/clips/south-arm-sample.mp4"
SERVED_S = 300.0


def commands() -> list[list[str]]:
    """The page's command lines in their order."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if "lamplighter" in line]


def command(*beginning: str) -> list[str]:
    """The page's command that begins so."""
    return next(c for c in commands() if tuple(c[: len(beginning)]) == beginning)


def with_tiny(words: list[str], source: str, **options: str) -> list[str]:
    """A `model add` of the page with a tiny model and its data in the place of the real ones."""
    changed = [*words[:4], source]
    for name, value in zip(words[5::2], words[6::2], strict=True):
        if name != "--rename":
            changed += [name, options.get(name.removeprefix("--"), value)]
    return changed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, httpx.Client, Path]]:
    """A running controller, and a folder with a user's factory and pictures."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "light_net.py").write_text(
        "from tests.simulators.foreign_models import brightness as trained\n"
    )
    light_folders(folder / "photos")
    server = Server(folder / "data")
    server.data.mkdir()
    server.settings = {
        **server.settings,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "LAMPLIGHTER_PROBATION_FRAMES": "8",
        "LAMPLIGHTER_PROBATION_S": "1",
    }
    yield server, server.start(), folder
    server.stop()


def lamplighter(site: tuple[Server, httpx.Client, Path], words: list[str], ok: bool = True) -> str:
    server, _, folder = site
    done = subprocess.run(
        [sys.executable, "-m", "lamplighter_cli", *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | server.settings | {"LAMPLIGHTER_DATA_DIR": str(server.data)},
    )
    assert (done.returncode == 0) is ok, done.stderr
    return done.stdout if ok else done.stderr


def models(api: httpx.Client) -> set[str]:
    return {model["id"] for model in api.get("/models").json()}


@pytest.fixture(scope="module")
def added(site: tuple[Server, httpx.Client, Path]) -> str:
    """What adding the classifier of the page prints."""
    words = with_tiny(
        command("lamplighter", "model", "add", "photos"),
        "light_net:trained",
        data="photos",
        classes="dark,bright",
        size="64x48",
        mean="128",
        std="64",
    )
    return lamplighter(site, words)


def test_a_running_controller_offers_what_was_added(
    site: tuple[Server, httpx.Client, Path], added: str
) -> None:
    _, api, _ = site
    assert "accuracy   1.000 at 64x48 on 11 pictures" in added
    assert "photos" in models(api)
    assert "photos-int8" in lamplighter(site, command("lamplighter", "model", "show"))
    assert "photos" in lamplighter(site, command("lamplighter", "model", "list"))


def test_a_name_is_given_once(site: tuple[Server, httpx.Client, Path], added: str) -> None:
    words = command("lamplighter", "model", "add", "photos")
    text = lamplighter(site, [*words, "--check"], ok=False)
    assert "name: 'photos' is taken" in text


def test_the_detector_s_command_tells_what_does_not_fit(
    site: tuple[Server, httpx.Client, Path], added: str
) -> None:
    """The page's options are for an SSD; the tiny network is a YOLO."""
    _, api, folder = site
    words = with_tiny(
        command("lamplighter", "model", "add", "openimages"),
        str(yolo_graph(folder / "yolo.onnx")),
        data=str(cvat_folder(folder / "street")),
        anchors=str(ROOT / "examples/own-models/ssd_mobilenet_v2.toml"),
        classes="tree,person,car",
    )
    assert "outputs: 'ssd' reads boxes, scores" in lamplighter(site, words, ok=False)
    words[words.index("ssd")] = "yolo"
    words[words.index("--anchors") : words.index("--anchors") + 2] = []
    words[words.index("--activation") : words.index("--activation") + 2] = []
    words[words.index("--mean") + 1], words[words.index("--std") + 1] = "0", "255"
    named = [*words]
    words[words.index("--task") + 1] = "detection"
    lamplighter(site, words)
    assert len(judged(api)) == 6, "on the city's pictures, which have six regimes"
    lamplighter(site, ["lamplighter", "model", "remove", "openimages"])
    lamplighter(site, named)
    assert judged(api) == {"night-dry-free"}, "on its own pictures"


def judged(api: httpx.Client) -> set[str]:
    """The regimes that the detector was judged in."""
    (spec,) = [v for v in api.get("/variants").json() if v["recipe"] == "openimages-fp32"]
    assert spec["needs"] == ["decoder:yolo"]
    return {regime for row in spec["expected_ap50"].values() for regime in row}


def test_a_device_is_planned_for_proves_it_and_tells_what_it_sees(
    site: tuple[Server, httpx.Client, Path], added: str
) -> None:
    _, api, _ = site
    with agent(site, "cam-1", "classification:photos"):
        device = eventually(lambda: served(api, "cam-1"), SERVED_S)
        reported = device["reported"]
        assert reported["serving"]["variant"].startswith("photos-")
        assert reported["golden_f1"] > 0.9
        assert reported["trial"]["pairs"] > 0
        metrics = device["telemetry"]["metrics"]
        shares = {name: value for name, value in metrics.items() if name.startswith("share_")}
        assert set(shares) <= {"share_dark", "share_bright"}
        assert sum(shares.values()) == pytest.approx(1.0)
        plan = api.get("/devices/cam-1/plans", params={"limit": 1}).json()[0]["document"]
        assert plan["primary"]["predicted"]["expected_ap50"] == 1.0


def test_a_device_for_the_detector_serves_no_other_and_follows_the_street(
    site: tuple[Server, httpx.Client, Path], added: str
) -> None:
    """The network calls every bright cell a car; the clip is of a street by day."""
    _, api, _ = site
    with agent(site, "cam-2", "detection:openimages"):
        device = eventually(lambda: served(api, "cam-2"), SERVED_S)
        assert device["reported"]["serving"]["variant"].startswith("openimages-")
        assert device["reported"]["trial"]["pairs"] > 0
        assert device["telemetry"]["regime"]["light"] == "day"
        (plan,) = api.get("/devices/cam-2/plans", params={"limit": 1}).json()
        turned_down = plan["document"]["alternatives"]
        assert turned_down[0]["variant"].startswith("openimages-"), "its own task's come first"


@contextmanager
def agent(site: tuple[Server, httpx.Client, Path], device: str, task: str) -> Iterator[None]:
    """The page's commands for a device, with the page's settings."""
    server, _, folder = site
    settings = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert settings is not None
    text = settings[1].replace("http://127.0.0.1:8080", server.facts["url"])
    text = text.replace("classification:photos", task).replace("clip.mp4", str(CLIP))
    text = text.replace("agent-state", str(folder / device))
    (folder / "agent.toml").write_text(f"{text}fps_floor = 4.0\nfps_cap = 4.0\ntelemetry_s = 1.0\n")
    create = [*command("lamplighter", "token", "create")[:-1], device, "--json"]
    token = json.loads(lamplighter(site, create))["token"]
    program = [sys.executable, "-m", "lamplighter_agent"]
    environment = os.environ | server.settings
    enrol = command("lamplighter-agent", "--config", "agent.toml", "enrol")
    enrol[enrol.index("$TOKEN")], enrol[enrol.index("cam-1")] = token, device
    subprocess.run([*program, *enrol[1:]], check=True, cwd=folder, env=environment)
    run = command("lamplighter-agent", "--config", "agent.toml", "run")
    process = subprocess.Popen([*program, *run[1:]], cwd=folder, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def served(api: httpx.Client, device: str) -> dict[str, Any] | None:
    """The device once it serves, and a window of that has come."""
    shown = dict(api.get(f"/devices/{device}").json())
    reported = shown["reported"] or {}
    window = shown["telemetry"] or {}
    serves = (window.get("serving") or {}).get("variant") == reported.get("variant")
    return shown if reported.get("outcome") == "committed" and serves else None


def test_what_is_removed_is_offered_no_more(
    site: tuple[Server, httpx.Client, Path], added: str
) -> None:
    _, api, _ = site
    assert "photos" in models(api)
    lamplighter(site, command("lamplighter", "model", "remove"))
    assert "photos" not in models(api)
    assert "nanodet" in models(api)
    removed, made = api.get("/audit", params={"subject": "model:photos"}).json()
    assert (removed["operation"], made["operation"]) == ("remove_model", "add_model")
    assert made["who"].startswith("user ")
    assert made["after"]["task"] == "classification:photos"
    assert api.get("/audit/verify").json()["sound"], "two processes have written to it"
