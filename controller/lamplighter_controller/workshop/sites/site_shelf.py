"""Parents of single sites on disk: what was asked for, what came of it, and the weights."""

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

ORDER, OUTCOME, WEIGHTS, WORK = "order.json", "outcome.json", "weights", "work"
PICTURES = "pictures"


class SiteOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator has asked for; on disk until it has an outcome, so that a start goes on.

    Attributes:
        site: whose parent.
        base, teacher: parents by name.
        pictures: a folder on the controller's machine.
        replay: a folder of the city's labelled pictures; empty: the calibration frames.
        job: of the list of jobs.
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
