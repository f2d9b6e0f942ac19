"""What makes parents of single sites, as the services see it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from lamplighter_recipes.variants.site_parents import SiteResult

from lamplighter_controller.workshop.sites.site_shelf import SiteOrder, SiteShelf

Progress = Callable[[float, str], None]


class SiteBuilder(Protocol):
    """Works in processes of its own; what it makes lies on its shelf."""

    @property
    def shelf(self) -> SiteShelf:
        """What was asked for, and what came of it."""

    changed: Callable[[], None]
    """Called from any thread when more of a site's parent may be offered."""

    def parents(self) -> list[tuple[str, str]]:
        """Name and family of those that work may begin with or be taught by."""

    def mmac(self, parent: str) -> float:
        """Million multiplications of a parent for a picture of the main size; 0: not known yet."""

    def specialise(self, order: SiteOrder, progress: Progress) -> "Future[SiteResult]":
        """Carry an order out; what its work has left before is gone on from."""

    def stop(self, site: str) -> bool:
        """End the work for a site; False when there is none."""
