"""Parents of single sites on disk: what was asked for, what came of it, and the weights."""

import contextlib
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from lamplighter_recipes.variants.figures import AccuracyTable
from lamplighter_recipes.variants.site_parents import (
    RECORD,
    SiteResult,
    read_result,
    site_slug,
    write_result,
)
from lamplighter_wire.files import write_atomically

log = logging.getLogger(__name__)

ORDER, OUTCOME, WEIGHTS, WORK = "order.json", "outcome.json", "weights", "work"
PICTURES, KEPT_PICTURES = "pictures", "kept-pictures"


class SiteOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator has asked for; on disk until it has an outcome, so that a start goes on.

    Attributes:
        site: whose parent.
        base, teacher: parents by name.
        pictures: a folder on the controller's machine.
        device: sends the pictures, `count` of them, one of a camera in `interval_s`; empty: they
            are in the folder already. `stream`: which camera; empty: each.
        keep_pictures: of a device; they are deleted once the work has ended otherwise.
        replay: a folder of the city's labelled pictures; empty: the calibration frames.
        job: of the list of jobs.
        moved: share of each layer's weights that differ from the base's in the end.
    """

    site: str
    base: str
    teacher: str
    family: str
    teacher_family: str
    pictures: str
    replay: str = ""
    steps: int = 300
    job: str = ""
    device: str = ""
    stream: str = ""
    count: int = 0
    interval_s: float = 0.0
    keep_pictures: bool = False
    moved: float = 1.0


@dataclass(frozen=True)
class KeptParent:
    """A site's parent that may be offered, and where its weights lie."""

    result: SiteResult
    weights_dir: Path


class SiteShelf:
    """A folder for each site. What is kept replaces what was kept before it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, site: str) -> Path:
        """Where all of one site lies."""
        return self.root / site_slug(site)

    def work_dir(self, site: str) -> Path:
        """Where the work leaves its checkpoint."""
        return self.folder(site) / WORK

    def pictures_dir(self, order: SiteOrder) -> Path:
        """Where pictures that a device sends for an order lie."""
        return self.folder(order.site) / (KEPT_PICTURES if order.keep_pictures else PICTURES)

    def put_picture(self, order: SiteOrder, name: str, jpeg: bytes) -> None:
        """Keep a picture; one of the same name is replaced."""
        write_atomically(self.pictures_dir(order) / f"{name}.jpg", [jpeg])

    def picture_count(self, order: SiteOrder) -> int:
        """How many of an order's pictures have come."""
        return sum(1 for _ in self.pictures_dir(order).glob("*.jpg"))

    def delete_pictures(self, order: SiteOrder) -> int:
        """Delete an order's pictures; returns how many are gone."""
        count = self.picture_count(order)
        _delete_folder(self.pictures_dir(order))
        return count - self.picture_count(order)

    def delete_stray_pictures(self) -> None:
        """Those of work that has ended, if the process ended before they were deleted."""
        for folder in self.root.glob(f"*/{PICTURES}"):
            if not (folder.parent / ORDER).exists():
                _delete_folder(folder)

    def kept(self) -> list[KeptParent]:
        """Those that gain, by site."""
        found = []
        for path in sorted(self.root.glob(f"*/{WEIGHTS}/{RECORD}")):
            result = read_result(path)
            if result is not None and result.kept:
                found.append(KeptParent(result, path.parent))
        return found

    def accuracy_at(self, site: str) -> dict[str, AccuracyTable]:
        """What parents, by name and version, were measured to do at a site."""
        result = read_result(self.folder(site) / WEIGHTS / RECORD) if site else None
        return result.expected if result is not None and result.kept else {}

    def outcome(self, site: str) -> SiteResult | None:
        """What the last work for a site came to, kept or not."""
        return read_result(self.folder(site) / OUTCOME)

    def outcomes(self) -> list[SiteResult]:
        """The same of all sites."""
        results = (read_result(path) for path in sorted(self.root.glob(f"*/{OUTCOME}")))
        return [result for result in results if result is not None]

    def orders(self) -> list[SiteOrder]:
        """Work without an outcome."""
        return [
            msgspec.json.decode(path.read_bytes(), type=SiteOrder)
            for path in sorted(self.root.glob(f"*/{ORDER}"))
        ]

    def put_order(self, order: SiteOrder) -> None:
        """Keep what is asked for, before it begins."""
        write_atomically(self.folder(order.site) / ORDER, [msgspec.json.encode(order)])

    def drop_order(self, site: str) -> None:
        """Nothing is to be done for a site for now; asked for again, work goes on."""
        (self.folder(site) / ORDER).unlink(missing_ok=True)

    def end_order(self, site: str) -> None:
        """Nothing is to be done for a site any more; what it had trained is dropped."""
        self.drop_order(site)
        shutil.rmtree(self.work_dir(site), ignore_errors=True)

    def put_result(self, result: SiteResult, files: Mapping[str, bytes]) -> None:
        """Keep what the work came to: the weights before the record that names them.

        One that does not gain leaves what was kept before it as it is.
        """
        folder = self.folder(result.site)
        if result.kept:
            for name, raw in files.items():
                write_atomically(folder / WEIGHTS / name, [raw])
            write_result(folder / WEIGHTS / RECORD, result)
        write_result(folder / OUTCOME, result)

    def remove(self, site: str) -> bool:
        """Drop all of a site; False when there was nothing."""
        folder = self.folder(site)
        if not folder.exists():
            return False
        (folder / WEIGHTS / RECORD).unlink(missing_ok=True)  # from here on it is not offered
        shutil.rmtree(folder)
        return True


def _delete_folder(folder: Path) -> None:
    """Its files one by one, for it may be a link to another disk; what cannot go is told."""
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):
            path.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir() and any(folder.iterdir()):
        log.error("%s cannot be deleted: delete it by hand", folder)
