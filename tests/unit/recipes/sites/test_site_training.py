"""A parent learns a site, goes on after a kill, and keeps the city in mind."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from lamplighter_recipes.families.mobilenetv3 import FAMILY as MOBILENETV3
from lamplighter_recipes.families.nanodet import FAMILY as NANODET
from lamplighter_recipes.families.street_detectors import StreetDetectors
from lamplighter_recipes.sites.site_training import SiteTrainingConfig, train_for_site
from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet
from lamplighter_recipes.tasks.detection.training.loss import detection_loss
from lamplighter_wire.tasks.detection import CLASSES

from tests.simulators.recipe_rig import PRUNABLE
from tests.simulators.tiny_detectors import KINDS, tiny_of

pytestmark = pytest.mark.torch

SIDE = 64
CONFIG = SiteTrainingConfig(
    steps=60, batch=4, learning_rate=2e-3, sizes=((SIDE, SIDE, 1.0),), ema_decay=0.9
)


def _frames(folder: Path, ground: int, thing: int, seed: int) -> list[LabelledFrame]:
    """A street where things differ from the ground in their own way."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    images, notes = [], []
    for number in range(8):
        picture = rng.integers(ground, ground + 20, (SIDE, SIDE, 3)).astype(np.uint8)
        x, y = (int(v) for v in rng.integers(2, SIDE - 26, 2))
        picture[y : y + 20, x : x + 24] = thing
        cv2.imwrite(str(folder / "images" / f"{number}.png"), picture)
        images.append({"id": number, "file_name": f"{number}.png", "width": SIDE, "height": SIDE})
        notes.append({"image_id": number, "category_id": 1, "bbox": [x, y, 24, 20]})
    kinds = [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)]
    document = {"images": images, "annotations": notes, "categories": kinds}
    (folder / "annotations.json").write_text(json.dumps(document))
    return load_labelled_frames(folder)


def _loss(network: torch.nn.Module, frames: list[LabelledFrame]) -> float:
    images = torch.from_numpy(np.stack([frame.rgb() for frame in frames]))
    labels = [torch.from_numpy(frame.boxes) for frame in frames]
    with torch.no_grad():
        return float(detection_loss(network.raw(images), labels).total)  # type: ignore[operator]


def _network() -> Detector:
    torch.manual_seed(0)
    return Detector(NanoDet(PRUNABLE))


def test_replay_keeps_the_city_in_mind_while_the_site_is_learnt(tmp_path: Path) -> None:
    city = _frames(tmp_path / "city", ground=0, thing=230, seed=1)
    site = _frames(tmp_path / "site", ground=200, thing=20, seed=2)
    before = _loss(_network(), site)
    reached = {}
    for share in (1.0, 0.5):
        config = replace(CONFIG, site_share=share)
        checkpoint = tmp_path / f"{share}.pt"
        reached[share] = train_for_site(
            _network(), NANODET, site, tmp_path / "city", config, checkpoint
        )
    assert _loss(reached[0.5], site) < 0.8 * before
    assert _loss(reached[0.5], city) < _loss(reached[1.0], city)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_networks_of_every_family_learn_a_site(kind: str, tmp_path: Path) -> None:
    city = _frames(tmp_path / "city", ground=0, thing=230, seed=1)
    site = _frames(tmp_path / "site", ground=200, thing=20, seed=2)
    family: StreetDetectors = MOBILENETV3 if kind.startswith("mobilenetv3") else NANODET

    def train(network: torch.nn.Module, frames: list[LabelledFrame], name: str) -> torch.nn.Module:
        checkpoint = tmp_path / f"{name}.pt"
        return train_for_site(network, family, frames, tmp_path / "city", CONFIG, checkpoint)

    family.save(train(tiny_of(kind), city, "city"), "base", tmp_path, {})
    before = family.load("base", tmp_path)
    after = train(family.load("base", tmp_path), site, "own")
    assert _loss(after.eval(), site) < 0.97 * _loss(before.eval(), site)
    family.save(after, "own", tmp_path, {})
    assert family.load("own", tmp_path).architecture == before.architecture


def test_a_killed_training_goes_on_where_it_was(tmp_path: Path) -> None:
    site = _frames(tmp_path / "site", ground=200, thing=20, seed=2)
    config = replace(CONFIG, steps=6, checkpoint_s=0.0)
    shares: list[float] = []

    def killed(share: float) -> None:
        shares.append(share)
        if share > 0.6:
            raise KeyboardInterrupt

    checkpoint = tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        train_for_site(_network(), NANODET, site, tmp_path / "site", config, checkpoint, killed)
    assert len(shares) == 4
    train_for_site(_network(), NANODET, site, tmp_path / "site", config, checkpoint, shares.append)
    assert shares[4:] == pytest.approx([4 / 6, 5 / 6, 1.0]), "the fourth step was not saved yet"
