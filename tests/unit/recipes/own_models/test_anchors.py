"""Anchors by TensorFlow's rule, and listed."""

from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.anchors import read_anchors
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.decoders.detection import Picture, ssd_anchors


def test_the_rule_gives_an_ssd_300_its_1917_anchors(tmp_path: Path) -> None:
    path = tmp_path / "anchors.toml"
    path.write_text("strides = [16, 32, 64, 128, 256, 512]\n")
    anchors = read_anchors(path)
    decoder = Decoder(name="ssd", strides=tuple(anchors.strides), priors=anchors.by_map())
    made = ssd_anchors(decoder, Picture(300, 300))
    assert made.shape == (1917, 4)
    assert made[0] == pytest.approx([300 / 38, 300 / 38, 30, 30], abs=1e-3)
    assert made[-1] == pytest.approx([150, 150, 300 * 0.974679, 300 * 0.974679], abs=1e-2)


def test_listed_anchors_must_be_as_many_as_strides(tmp_path: Path) -> None:
    path = tmp_path / "anchors.toml"
    path.write_text("strides = [8, 16]\npriors = [[[0.1, 0.2]]]\n")
    with pytest.raises(RecipeError, match="2 strides"):
        read_anchors(path)
    path.write_text("strides = [8]\npriors = [[[0.1, 0.2]]]\n")
    assert read_anchors(path).by_map()[0][0].height == 0.2
