"""Which pictures of a site are trained on, and which judge."""

from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.sites.pictures import read_pictures, split

from tests.simulators.recipe_rig import write_frames


def test_later_pictures_judge_and_a_gap_parts_them() -> None:
    files = [Path(f"{number:03}.jpg") for number in range(180)]
    training, held_out = split(files, 1 / 3)
    assert held_out == tuple(files[120:])
    assert training == tuple(files[:115])


def test_labels_are_read_of_what_is_held_out_only(tmp_path: Path) -> None:
    write_frames(tmp_path, 30, seed=1, width=64, height=48)
    pictures = read_pictures(tmp_path)
    assert (len(pictures.training), len(pictures.held_out)) == (19, 10)
    assert {frame.path for frame in pictures.labels} == set(pictures.held_out)
    (tmp_path / "annotations.json").unlink()
    assert read_pictures(tmp_path).labels == ()


def test_too_few_pictures_are_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "one.png").touch()
    with pytest.raises(RecipeError, match="1 pictures are too few") as caught:
        read_pictures(tmp_path)
    assert "180" in caught.value.remedy
