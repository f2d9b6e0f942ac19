"""The workshop: what can be built, and building it, for the rest of the controller."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_recipes.recipe.own_model import OWN_FAMILY
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import (
    Materials,
    is_measured,
    known_figures,
    parent_version,
)
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.rules.needs import MACHINES
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_controller.domain.variants import NOT_PACKED, PackedManifest, VariantSpec
from lamplighter_controller.workshop.artifacts import ArtifactStore, BuiltShelf, BuiltVariant
from lamplighter_controller.workshop.build_jobs import (
    build_job,
    calibrate_job,
    evaluate_job,
    prepare_job,
)
from lamplighter_controller.workshop.current_offers import CurrentOffers, spec_of
from lamplighter_controller.workshop.executors.executor import (
    Executor,
    Progress,
    ReportTrouble,
    ignore_trouble,
)
from lamplighter_controller.workshop.futures import converted, done_with, failed_with
from lamplighter_controller.workshop.jobs import BuildFailed, BuildResult
from lamplighter_controller.workshop.material_sets import MaterialSets
from lamplighter_controller.workshop.offers import Offer
from lamplighter_controller.workshop.sites.site_shelf import SiteShelf
from lamplighter_controller.workshop.sites.site_workshop import SiteWorkshop

log = logging.getLogger(__name__)

SITES = "sites"  # a folder of the cache
CALIBRATE = "calibrate"  # the key of a job

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class WorkshopSettings:
    """Folders, and the machines and runtimes variants are offered for.

    `models_dir`: of users' own models.
    """

    materials: Materials
    recipes_dir: Path | None = None
    models_dir: Path | None = None
    machines: tuple[str, ...] = ("x86_64",)
    runtimes: tuple[str, ...] = (BASE_RUNTIME,)


class Workshop:
    """Has variants built by an executor; results are kept by content."""

    def __init__(
        self,
        settings: WorkshopSettings,
        executor: Executor,
        store: ArtifactStore,
        sign: Sign,
        clock: Clock,
    ) -> None:
        """`sign` turns a manifest's bytes into the bytes of its signed envelope."""
        self._settings, self._store, self._sign, self._clock = settings, store, sign, clock
        self._executor = executor
        self._sets = MaterialSets(settings.materials, settings.recipes_dir, settings.models_dir)
        self._shelf = BuiltShelf(settings.materials.cache_dir / "built", store)
        sites = SiteShelf(settings.materials.cache_dir / SITES)
        shelves = store, self._shelf, sites
        self._offers = CurrentOffers(self._sets, *shelves, settings.machines, settings.runtimes)
        self._site_workshop = SiteWorkshop(
            settings.materials, sites, executor, self._offers.of_city
        )
        self._preparation: Future[Any] | None = None
        self._exporting: set[str] = set()  # keys of jobs in the background

    def start(self, report_trouble: ReportTrouble = ignore_trouble, /) -> "Future[Any]":
        """Start the executor; the future ends when the parents are prepared, or says why not."""
        self._executor.start(report_trouble)
        self._exporting = set(self._calibrations()) - {CALIBRATE}
        self._preparation = self._prepare()
        self._prepare_models()
        self._preparation.add_done_callback(self._calibrate)
        self._site_workshop.start()
        return self._preparation

    def build_for(self, machine: str) -> None:
        """Offer variants for one more kind of machine; one that is not known here gets none."""
        if machine in MACHINES and self._offers.add_machine(machine):
            log.info("variants are offered for %s as well, as a device has it", machine)

    def is_preparing(self) -> bool:
        """Whether offers are still missing, because their parents are prepared for the first time.

        Raises:
            RecipeError: a recipe file is broken, or its parent missing.
        """
        if self._preparation is None or self._preparation.done():
            return False
        facts = {r.parent: self._offers.facts(r) for r in self._offers.of_city()}
        lacking = {name for name, known in facts.items() if known is None or not known.accuracy}
        exported = all(known is not None for known in facts.values())
        return not exported or bool(lacking & self._unmeasured())

    def may_offer_more(self) -> bool:
        """Whether parents are exported for another runtime than the base, beside the builds."""
        return bool(self._exporting)

    def _prepare(self) -> "Future[Any]":
        """Export the parents that are not exported yet, and measure those that nobody has."""
        job = prepare_job(self._settings.materials, self._parents(), self._unmeasured())
        return self._executor.submit(job)

    def _prepare_models(self) -> None:
        """Users' own models are prepared when they are added; again where the cache is another."""
        for name, recipe in {r.parent: r for r in self._offers.of_models()}.items():
            if self._offers.facts(recipe) is None:
                of_it = self._sets.of(recipe), [(name, recipe.family)], [name], f"prepare {name}"
                self._executor.submit(prepare_job(*of_it))

    def _parents(self) -> list[tuple[str, str]]:
        """Name and family of each that is no user's own model."""
        return sorted({(recipe.parent, recipe.family) for recipe in self._offers.of_city()})

    def _unmeasured(self) -> set[str]:
        """Parents, as they are now, of which no variant was measured ahead."""
        folder = self._settings.materials.weights_dir
        measured = {(card.parent, card.model_version) for card in known_figures(folder).values()}
        names = {name for name, _ in self._parents()}
        return {name for name in names if (name, parent_version(name, folder)) not in measured}

    def _calibrate(self, prepared: "Future[Any]") -> None:
        """Beside the builds: one that comes before its ranges are known measures them itself."""
        if prepared.cancelled() or prepared.exception() is not None:
            log.warning("the parents could not be prepared; each build will say why")
            self._exporting.clear()
            return
        for key, recipes in self._calibrations().items():
            job = calibrate_job(self._sets.of(recipes[0]), key, recipes)
            self._executor.submit(job).add_done_callback(partial(self._end_export, key))

    def _calibrations(self) -> dict[str, list[Recipe]]:
        """Recipes by the job that gets them ready: those of the base runtime first, in one. For
        another runtime exporting a parent takes long, so each parent is a job of its own."""
        jobs: dict[str, list[Recipe]] = {}
        buildable = self._offers.buildable()
        for recipe in sorted(buildable, key=lambda r: r.runtime != BASE_RUNTIME):
            is_own = recipe.family == OWN_FAMILY
            if is_own and self._offers.is_exported(recipe):
                continue  # it was calibrated when it was added
            in_one = recipe.runtime == BASE_RUNTIME and not is_own
            key = CALIBRATE + ("" if in_one else f" {recipe.parent} for {recipe.runtime}")
            jobs.setdefault(key, []).append(recipe)
        return jobs

    def _end_export(self, key: str, done: "Future[Any]") -> None:
        """A build does what was not done ahead, and says why when it cannot."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.warning("not ready ahead (%s): %s", key, error)
        self._exporting.discard(key)

    def recipes(self) -> dict[str, Recipe]:
        """The catalogue.

        Raises:
            RecipeError: for a broken recipe file.
        """
        return self._sets.recipes()

    def models_state(self) -> object:
        """Another value after a user's own model was added or removed."""
        return self._sets.models_state()

    def offers(self) -> list[VariantSpec]:
        """All variants: built ones, and those that could be, with figures known beforehand.

        One calibrated for a regime is among them only where it is measured to pay. Of a parent
        that is not prepared yet only those that are built or measured ahead; of one that is not
        exported yet for a runtime of its own, those that are built.
        """
        return list(self._offers.current().specs)

    def build(self, spec: VariantSpec, progress: Progress | None = None) -> "Future[VariantSpec]":
        """Build one of the offers. Failures of the future are WorkshopError."""
        offer = self._offers.current().offers.get(spec.id)
        if offer is None:
            return failed_with(BuildFailed(f"{spec.id} is not in the catalogue"))
        if offer.manifest:
            return done_with(self._offers.spec(offer))
        key = self._offers.key(offer)
        job = build_job(self._offers.materials(offer), offer, self._clock.time())
        return converted(self._executor.submit(job, progress), lambda r: self._keep(r, offer, key))

    def evaluate(
        self, spec: VariantSpec, progress: Progress | None = None
    ) -> "Future[VariantSpec]":
        """Measure what is not known of a built variant, beside the builds: its accuracy on all
        evaluation frames, and its extra work."""
        offer = self._offers.current().offers.get(spec.id)
        key = self._offers.key(offer) if offer else ""
        built = self._shelf.get(spec.id, key)
        if offer is None or built is None:
            return failed_with(BuildFailed(f"{spec.id} has not been built"))
        card = built.card
        if is_measured(card) and (card.extra_work or runtime_facts(card.runtime).export_only):
            return done_with(spec_of(built, self._offers.needs(offer)))
        job = evaluate_job(self._offers.materials(offer), card)

        def keep(result: Any) -> VariantSpec:
            measured = msgspec.structs.replace(built, card=msgspec.convert(result, VariantCard))
            self._shelf.put(measured)
            self._offers.current()
            return spec_of(measured, self._offers.needs(offer))

        return converted(self._executor.submit(job, progress), keep)

    @property
    def sites(self) -> SiteWorkshop:
        """Makes parents of single sites."""
        return self._site_workshop

    def cancel(self, variant: str) -> bool:
        """Stop a build, also one that runs."""
        return self._executor.cancel(variant)

    def close(self) -> None:
        """End everything that runs."""
        self._executor.shutdown()

    def _keep(self, result: Any, offer: Offer, key: str) -> VariantSpec:
        back, needs = msgspec.convert(result, BuildResult), self._offers.needs(offer)
        card = back.card
        chunks = self._keep_chunks(back)
        built = BuiltVariant(
            card=card,
            manifest=self._keep_manifest(back.manifest, needs),
            packed=self._keep_packed(back.packed, needs),
            chunks=chunks,
            key=key,
        )
        self._shelf.put(built)
        self._offers.current()  # so that whoever decides finds it made
        log.info("built %s in %.1f s: %s", card.id, card.build_seconds, card.seconds)
        return spec_of(built, needs)

    def _keep_chunks(self, built: BuildResult) -> list[ChunkRef]:
        """On disk for good before a manifest names them; all that its manifests name."""
        kept = self._store.put_chunks(built.chunks.values())
        manifests = [built.manifest, *([built.packed] if built.packed else [])]
        refs = {ref.sha256: ref for manifest in manifests for ref in manifest.chunks}
        missing = set(refs) - kept
        if missing:
            raise BuildFailed(f"{built.card.id}: {len(missing)} of its chunks did not come back")
        return list(refs.values())

    def _keep_manifest(self, manifest: Manifest, needs: Sequence[str]) -> str:
        signed = self._sign(encode(msgspec.structs.replace(manifest, needs=list(needs))))
        return self._store.put_manifest(signed)

    def _keep_packed(self, manifest: Manifest | None, needs: Sequence[str]) -> PackedManifest:
        if manifest is None:
            return NOT_PACKED
        encodings = {part.encoding for part in manifest.parts if part.encoding}
        sha = self._keep_manifest(manifest, needs)
        return PackedManifest(manifest=sha, encodings=sorted(encodings))
