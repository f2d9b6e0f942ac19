"""What lies on disk of sites' parents."""

from pathlib import Path

import msgspec
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder, SiteShelf
from lamplighter_recipes.variants.site_parents import SiteResult

KEPT = SiteResult(
    site="gate",
    parent="p-at-gate",
    version="v1",
    kept=True,
    expected={"p-at-gate@v1": {"384x288": {"day": 0.7}}},
)
ORDER = SiteOrder(
    site="gate", base="p", teacher="t", family="nanodet", teacher_family="nanodet", pictures="/p"
)
FILES = {"p-at-gate.safetensors": b"weights", "p-at-gate.json": b"{}"}


def test_a_kept_parent_is_found_by_the_next_process(tmp_path: Path) -> None:
    SiteShelf(tmp_path).put_result(KEPT, FILES)
    (parent,) = SiteShelf(tmp_path).kept()
    assert parent.result == KEPT
    assert (parent.weights_dir / "p-at-gate.safetensors").read_bytes() == b"weights"
    assert SiteShelf(tmp_path).accuracy_at("gate") == KEPT.expected
    assert SiteShelf(tmp_path).accuracy_at("mill") == {}
    assert SiteShelf(tmp_path).accuracy_at("") == {}


def test_one_that_does_not_gain_leaves_what_was_kept_before(tmp_path: Path) -> None:
    shelf = SiteShelf(tmp_path)
    shelf.put_result(KEPT, FILES)
    worse = msgspec.structs.replace(KEPT, version="v2", kept=False, reasons=["no gain"])
    shelf.put_result(worse, {})
    assert [parent.result for parent in shelf.kept()] == [KEPT]
    assert shelf.outcomes() == [worse]


def test_an_order_stands_until_it_is_dropped_and_its_work_until_it_has_ended(
    tmp_path: Path,
) -> None:
    shelf = SiteShelf(tmp_path)
    shelf.put_order(ORDER)
    shelf.work_dir("gate").mkdir()
    assert SiteShelf(tmp_path).orders() == [ORDER]
    shelf.drop_order("gate")
    assert shelf.orders() == []
    assert shelf.work_dir("gate").exists()
    shelf.end_order("gate")
    assert not shelf.work_dir("gate").exists()


def test_weights_without_their_record_are_not_offered(tmp_path: Path) -> None:
    """As power leaves them that fails between the two."""
    shelf = SiteShelf(tmp_path)
    folder = shelf.folder("gate") / "weights"
    folder.mkdir(parents=True)
    (folder / "p-at-gate.safetensors").write_bytes(b"weights")
    assert shelf.kept() == []


def test_removing_leaves_nothing(tmp_path: Path) -> None:
    shelf = SiteShelf(tmp_path)
    shelf.put_result(KEPT, FILES)
    assert shelf.remove("gate")
    assert (shelf.kept(), shelf.outcomes(), list(tmp_path.iterdir())) == ([], [], [])
    assert not shelf.remove("gate")


def test_a_start_deletes_stray_pictures_behind_a_link(tmp_path: Path) -> None:
    shelf, disk = SiteShelf(tmp_path / "sites"), tmp_path / "disk"
    disk.mkdir()
    (disk / "1.jpg").write_bytes(b"picture")
    shelf.folder("gate").mkdir(parents=True)
    (shelf.folder("gate") / "pictures").symlink_to(disk)
    shelf.delete_stray_pictures()
    assert list(disk.iterdir()) == []
