"""Has parents of single sites made by the executor, and got ready for building."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import ParentFacts
from lamplighter_recipes.variants.identity import Materials, facts_path, parent_version
from lamplighter_recipes.variants.site_parents import SiteResult, recipes_for
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import MAIN_SIZE

from lamplighter_controller.workshop.build_jobs import calibrate_job, prepare_job
from lamplighter_controller.workshop.executors.executor import Executor, Progress
from lamplighter_controller.workshop.futures import converted
from lamplighter_controller.workshop.sites.site_jobs import SiteOutput, job_key, site_job
from lamplighter_controller.workshop.sites.site_shelf import KeptParent, SiteOrder, SiteShelf

log = logging.getLogger(__name__)

Changed = Callable[[], None]


class SiteWorkshop:
    """Orders in, parents of sites out; all of them lie on a shelf. Any thread may call."""

    def __init__(
        self,
        materials: Materials,
        shelf: SiteShelf,
        executor: Executor,
        recipes: Callable[[], list[Recipe]],
    ) -> None:
        """`recipes`: those that can be built."""
        self.shelf = shelf
        self._materials, self._executor, self._recipes = materials, executor, recipes
        self.changed: Changed = lambda: None
        """Called from any thread when more of a site's parent may be offered."""

    def start(self) -> None:
        """What derives from kept parents may be missing after an update of the tools."""
        for parent in self.shelf.kept():
            self._get_ready(parent)

    def parents(self) -> list[tuple[str, str]]:
        """Name and family of those that work may begin with or be taught by."""
        return sorted({(recipe.parent, recipe.family) for recipe in self._recipes()})

    def mmac(self, parent: str) -> float:
        """Million multiplications of a parent for a picture of the main size; 0: not known yet."""
        materials = self._materials
        path = facts_path(
            parent, parent_version(parent, materials.weights_dir), materials.cache_dir
        )
        if not path.exists():
            return 0.0
        return msgspec.json.decode(path.read_bytes(), type=ParentFacts).work_at(MAIN_SIZE).mmac

    def specialise(self, order: SiteOrder, progress: Progress) -> "Future[SiteResult]":
        """Carry an order out; what its work has left before is gone on from.

        Failures of the future are WorkshopError.
        """
        work_dir = self.shelf.work_dir(order.site)
        job = site_job(self._materials, order, str(work_dir), self.parents())
        return converted(self._executor.submit(job, progress), self._keep)

    def stop(self, site: str) -> bool:
        """End the work for a site; False when there is none."""
        return self._executor.cancel(job_key(site))

    def _keep(self, outcome: Any) -> SiteResult:
        output = msgspec.convert(outcome, SiteOutput)
        self.shelf.put_result(output.result, output.files)
        self.shelf.end_order(output.result.site)
        for parent in self.shelf.kept():
            if output.result.kept and parent.result == output.result:
                self._get_ready(parent)
        return output.result

    def _get_ready(self, parent: KeptParent) -> None:
        """Export it, for the base runtime first and then beside the builds for the others."""
        materials = replace(self._materials, weights_dir=parent.weights_dir)
        name = parent.result.parent
        job = prepare_job(materials, [(name, parent.result.family)])
        job = msgspec.structs.replace(job, key=f"prepare {name}")
        self._executor.submit(job).add_done_callback(self._note)
        for runtime, recipes in self._by_runtime(parent).items():
            key = f"calibrate {name} for {runtime}"
            self._executor.submit(calibrate_job(materials, key, recipes)).add_done_callback(
                self._note
            )

    def _by_runtime(self, parent: KeptParent) -> dict[str, Sequence[Recipe]]:
        """Its recipes by runtime, the base first."""
        groups: dict[str, list[Recipe]] = {}
        recipes = recipes_for(parent.result, self._recipes())
        for recipe in sorted(recipes, key=lambda recipe: recipe.runtime != BASE_RUNTIME):
            groups.setdefault(recipe.runtime, []).append(recipe)
        return dict(groups)

    def _note(self, done: "Future[Any]") -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.warning("a site's parent is not ready: %s", error)
            return
        self.changed()
