"""One controller, its broker and real agents, each a process of its own.

They run on real clips and on variants that the workshop builds.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_demo.city.devices import TimeProfile
from lamplighter_demo.city.envelopes import remove_stale_groups
from lamplighter_demo.city.footage import timeline, write_playlist
from lamplighter_demo.city.running import close_city, enrol, start_city
from lamplighter_recipes.variants.count_figures import COUNT_FIGURES

from tests.e2e.running_city import CLIPS, DEVICES, FOOTAGE_S, PROFILE, Running

# These tests are about one network in float and in 8 bits: another one that is as good would be
# chosen in its place by noise. Nor is it told how they count, so that plans go by accuracies.
OTHER_FAMILY = "mobilenetv3"


@pytest.fixture(scope="module")
def int8_ap50_loss() -> dict[str, float]:
    """By parent, how much less accurate than it its int8 variant is told to be."""
    return {}


@pytest.fixture(scope="module")
def profile() -> TimeProfile:
    """Frame rates and windows of the agents."""
    return PROFILE


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
    int8_ap50_loss: dict[str, float],
    profile: TimeProfile,
) -> Iterator[Running]:
    """Controller up, nothing built, devices enrolled, no agent started yet; one for each module."""
    folder = tmp_path_factory.mktemp("city")
    remove_stale_groups()
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("LAMPLIGHTER_")]:
            patch.delenv(name)
        patch.setenv(
            "LAMPLIGHTER_MATERIALS_DIR", str(_materials(folder / "materials", int8_ap50_loss))
        )
        city = start_city(folder, CLIPS, profile, DEVICES, print)
        try:
            enrol(city, print)
            line = timeline(time.time(), FOOTAGE_S)
            write_playlist(folder / "south-arm.playlist.json", CLIPS, "south-arm", line)
            yield Running(city)
        finally:
            close_city(city)


def _materials(folder: Path, int8_ap50_loss: dict[str, float]) -> Path:
    """What ships, with the accuracy of each int8 variant told by that of its float parent.

    Which of the two is ahead by a point changes with every training; here only their cost counts.
    """
    folder.mkdir()
    for name in ("calibration", "evaluation", "golden"):
        (folder / name).symlink_to(CLIPS.parent / name)
    weights = folder / "weights"
    weights.mkdir()
    for file in (CLIPS.parent / "weights").iterdir():
        if file.name.startswith(OTHER_FAMILY) or file.name == COUNT_FIGURES:
            continue
        (weights / file.name).symlink_to(file)
    figures = weights / "variants.json"
    told = json.loads(figures.read_text())
    figures.unlink()
    cards = told["variants"] if isinstance(told, dict) else told
    plain = {c["parent"]: c["expected_ap50"] for c in cards if c["precision"] == "fp32"}
    for card in cards:
        loss = int8_ap50_loss.get(card["parent"], 0.0) if card["precision"] == "int8" else 0.0
        card["expected_ap50"] = {
            size: {regime: ap50 - loss for regime, ap50 in by_regime.items()}
            for size, by_regime in plain[card["parent"]].items()
        }
        card |= {"site_ap50": {}, "street_ap50": {}}
    figures.write_text(json.dumps(told))
    return folder
