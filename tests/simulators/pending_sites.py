"""A maker of sites' parents that works when it is told to."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from lamplighter_controller.services.sites.site_builder import Progress
from lamplighter_controller.workshop.jobs import BuildCancelled
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder, SiteShelf
from lamplighter_recipes.variants.site_parents import SiteResult


class PendingSites:
    """Orders wait in `pending` until `finish` or `fail`."""

    def __init__(self, root: Path, parents: tuple[str, ...] = ("nanodet-full", "nanodet-p50")):
        self.shelf = SiteShelf(root)
        self.changed: Callable[[], None] = lambda: None
        self.pending: dict[str, Future[SiteResult]] = {}
        self._parents = parents

    def parents(self) -> list[tuple[str, str]]:
        return [(name, "nanodet") for name in self._parents]

    def mmac(self, parent: str) -> float:
        return {"nanodet-full": 1200.0}.get(parent, 340.0)

    def specialise(self, order: SiteOrder, progress: Progress) -> "Future[SiteResult]":
        progress(0.5, "train")
        self.pending[order.site] = Future()
        return self.pending[order.site]

    def stop(self, site: str) -> bool:
        future = self.pending.pop(site, None)
        if future is not None:
            future.set_exception(BuildCancelled(f"{site} was cancelled"))
        return future is not None

    def finish(self, result: SiteResult) -> None:
        self.shelf.put_result(result, {f"{result.parent}.safetensors": b"weights"})
        self.shelf.end_order(result.site)
        self.pending.pop(result.site).set_result(result)

    def fail(self, site: str, error: Exception) -> None:
        self.pending.pop(site).set_exception(error)
