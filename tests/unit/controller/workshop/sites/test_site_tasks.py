"""The job of a site on whichever machine does it."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder, SiteShelf
from lamplighter_controller.workshop.sites.site_tasks import WORK, specialise
from lamplighter_recipes.errors import RecipeError

ORDER = SiteOrder(
    site="gate", base="p", teacher="t", family="nanodet", teacher_family="nanodet", pictures="/p"
)
FOLDERS = ("weights", "calibration", "evaluation", "golden", "cache", "pictures", "replay")


def _begin(root: Path, work_dir: Path) -> None:
    """Without pictures the work ends where it would begin to train, with its folder made."""
    materials = {f"{name}_dir": str(root / name) for name in FOLDERS}
    for folder in materials.values():
        Path(folder).mkdir()
    with pytest.raises(RecipeError, match="too few"):
        specialise(
            lambda _share, _stage: None,
            materials=materials,
            order=msgspec.to_builtins(ORDER),
            work_dir=str(work_dir),
            parents=[],
        )


def test_on_the_controller_s_machine_what_is_trained_lies_with_the_order(tmp_path: Path) -> None:
    shelf = SiteShelf(tmp_path / "sites")
    shelf.put_order(ORDER)
    _begin(tmp_path, shelf.work_dir("gate"))
    assert shelf.work_dir("gate").is_dir()


def test_on_another_machine_nothing_is_left_outside_the_cache_of_the_job(tmp_path: Path) -> None:
    there = SiteShelf(tmp_path / "of-the-controller")
    _begin(tmp_path, there.work_dir("gate"))
    assert not there.root.exists()
    assert (tmp_path / "cache" / WORK).is_dir()
