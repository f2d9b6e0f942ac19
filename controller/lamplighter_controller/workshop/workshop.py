"""The workshop: what can be built, and building it, for the rest of the controller."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import ParentFacts, VariantCard
from lamplighter_recipes.variants.identity import (
    AT_SITE,
    EXPORTED,
    MEASURED_AHEAD,
    MEASURED_HERE,
    Materials,
    exported_path,
    exported_sizes,
    facts_path,
    known_figures,
    parent_version,
    predicted_card,
    variant_id,
)
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.rules.needs import SATURATING, machine_kinds
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_controller.domain.variants import NOT_PACKED, PackedManifest, VariantSpec
from lamplighter_controller.workshop.artifacts import ArtifactStore, BuiltShelf, BuiltVariant
from lamplighter_controller.workshop.build_jobs import (
    build_job,
    calibrate_job,
    evaluate_job,
    prepare_job,
)
from lamplighter_controller.workshop.content_keys import content_key
from lamplighter_controller.workshop.executors.executor import (
    Executor,
    Progress,
    ReportTrouble,
    ignore_trouble,
)
from lamplighter_controller.workshop.file_states import file_state, folder_state
from lamplighter_controller.workshop.futures import converted, done_with, failed_with
from lamplighter_controller.workshop.jobs import BuildFailed, BuildResult
from lamplighter_controller.workshop.offers import Offer, paying, with_siblings
from lamplighter_controller.workshop.sites.site_offers import SiteOffers
from lamplighter_controller.workshop.sites.site_shelf import SiteShelf
from lamplighter_controller.workshop.sites.site_workshop import SiteWorkshop

log = logging.getLogger(__name__)

SITES = "sites"  # a folder of the cache
CALIBRATE = "calibrate"  # the key of a job

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class WorkshopSettings:
    """Folders, and the machines and runtimes variants are offered for."""

    materials: Materials
    recipes_dir: Path | None = None
    machines: tuple[str, ...] = ("x86_64",)
    runtimes: tuple[str, ...] = (BASE_RUNTIME,)


@dataclass(frozen=True)
class _Offered:
    """Offers, and the state of the files they were made from."""

    state: Sequence[object]
    offers: Mapping[str, Offer]
    specs: Sequence[VariantSpec]


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
        self._shelf = BuiltShelf(settings.materials.cache_dir / "built", store)
        self._sites = SiteShelf(settings.materials.cache_dir / SITES)
        self._site_workshop = SiteWorkshop(
            settings.materials, self._sites, executor, self._buildable
        )
        self._preparation: Future[Any] | None = None
        self._exporting: set[str] = set()  # keys of jobs in the background
        self._offered = _Offered([], {}, [])

    def start(self, report_trouble: ReportTrouble = ignore_trouble, /) -> "Future[Any]":
        """Start the executor; the future ends when the parents are prepared, or says why not."""
        self._executor.start(report_trouble)
        self._exporting = set(self._calibrations()) - {CALIBRATE}
        self._preparation = self._prepare()
        self._preparation.add_done_callback(self._calibrate)
        self._site_workshop.start()
        return self._preparation

    def is_preparing(self) -> bool:
        """Whether offers are still missing, because their parents are prepared for the first time.

        Raises:
            RecipeError: a recipe file is broken, or its parent missing.
        """
        if self._preparation is None or self._preparation.done():
            return False
        facts = {name: self._facts(name) for name, _ in self._parents()}
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

    def _parents(self) -> list[tuple[str, str]]:
        """Name and family of each."""
        return sorted({(recipe.parent, recipe.family) for recipe in self._buildable()})

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
            job = calibrate_job(self._settings.materials, key, recipes)
            self._executor.submit(job).add_done_callback(partial(self._end_export, key))

    def _calibrations(self) -> dict[str, list[Recipe]]:
        """Recipes by the job that gets them ready: those of the base runtime first, in one. For
        another runtime exporting a parent takes long, so each parent is a job of its own."""
        jobs: dict[str, list[Recipe]] = {}
        for recipe in sorted(self._buildable(), key=lambda r: r.runtime != BASE_RUNTIME):
            own = f" {recipe.parent} for {recipe.runtime}"
            key = CALIBRATE + ("" if recipe.runtime == BASE_RUNTIME else own)
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
        return load_catalogue(self._settings.recipes_dir)

    def _buildable(self) -> list[Recipe]:
        """Those whose runtime is wanted, and whose tools are installed here."""
        runtimes = {name for name in self._settings.runtimes if is_installed(name)}
        return [recipe for recipe in self.recipes().values() if recipe.runtime in runtimes]

    def offers(self) -> list[VariantSpec]:
        """All variants: built ones, and those that could be, with figures known beforehand.

        One calibrated for a regime is among them only where it is measured to pay. Of a parent
        that is not prepared yet only those that are built or measured ahead; of one that is not
        exported yet for a runtime of its own, those that are built.
        """
        return list(self._current().specs)

    def build(self, spec: VariantSpec, progress: Progress | None = None) -> "Future[VariantSpec]":
        """Build one of the offers. Failures of the future are WorkshopError."""
        offer = self._offers().get(spec.id)
        if offer is None:
            return failed_with(BuildFailed(f"{spec.id} is not in the catalogue"))
        if offer.manifest:
            return done_with(self._offered_spec(offer))
        key = self._content_key(offer)
        job = build_job(self._materials_of(offer), offer, self._clock.time())
        return converted(self._executor.submit(job, progress), lambda r: self._keep(r, offer, key))

    def evaluate(
        self, spec: VariantSpec, progress: Progress | None = None
    ) -> "Future[VariantSpec]":
        """Measure a built variant on all evaluation frames, beside the builds."""
        offer = self._offers().get(spec.id)
        key = self._content_key(offer) if offer else ""
        built = self._shelf.get(spec.id, key)
        if offer is None or built is None:
            return failed_with(BuildFailed(f"{spec.id} has not been built"))
        if built.card.provenance.get("accuracy") in (MEASURED_AHEAD, MEASURED_HERE, AT_SITE):
            return done_with(_spec(built, self._needs(offer)))
        job = evaluate_job(self._settings.materials, built.card)

        def keep(result: Any) -> VariantSpec:
            measured = msgspec.structs.replace(built, card=msgspec.convert(result, VariantCard))
            self._shelf.put(measured)
            self._current()
            return _spec(measured, self._needs(offer))

        return converted(self._executor.submit(job, progress), keep)

    def cancel(self, variant: str) -> bool:
        """Stop a build, also one that runs."""
        return self._executor.cancel(variant)

    def close(self) -> None:
        """End everything that runs."""
        self._executor.shutdown()

    def _keep(self, result: Any, offer: Offer, key: str) -> VariantSpec:
        back, needs = msgspec.convert(result, BuildResult), self._needs(offer)
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
        self._current()  # so that whoever decides finds it made
        log.info("built %s in %.1f s: %s", card.id, card.build_seconds, card.seconds)
        return _spec(built, needs)

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

    def _offered_spec(self, offer: Offer, card: VariantCard | None = None) -> VariantSpec:
        """`card`: with the figures that may be offered, where these are not all."""
        built = BuiltVariant(card=card or offer.card, manifest=offer.manifest, packed=offer.packed)
        return _spec(built, self._needs(offer))

    def _offers(self) -> Mapping[str, Offer]:
        return self._current().offers

    def _current(self) -> "_Offered":
        """Made anew only when a file has changed from which it is made."""
        state = self._state()
        if self._offered.state != state:
            offers = self._make_offers()
            cards = paying({name: offer.card for name, offer in offers.items()})
            specs = [self._offered_spec(offers[name], card) for name, card in cards.items()]
            self._offered = _Offered(state, offers, specs)
        return self._offered

    def _state(self) -> list[object]:
        folders = self._settings.materials
        extra = self._settings.recipes_dir
        return [
            self._store.losses,
            *(folder_state(extra, "*.toml") if extra else []),
            *folder_state(folders.weights_dir, "*"),
            *folder_state(folders.cache_dir, "parents/*/facts.json"),
            *folder_state(folders.cache_dir, f"parents/*/*/{EXPORTED}"),
            *folder_state(self._shelf.folder, "*.json"),
            *folder_state(self._sites.root, "*/*/*.json"),
            file_state(folders.calibration_dir / "annotations.json"),
            file_state(folders.evaluation_dir / "annotations.json"),
        ]

    def _make_offers(self) -> dict[str, Offer]:
        figures = known_figures(self._settings.materials.weights_dir)
        offers: dict[str, Offer] = {}
        for recipe in self._buildable():
            for machine in chain(*map(machine_kinds, self._settings.machines)):
                offer = self._offer(recipe, machine, figures)
                if offer is not None:  # float variants are the same everywhere
                    offers.setdefault(offer.card.id, offer)
        for offer in self._offers_of_sites():
            offers.setdefault(offer.card.id, offer)
        return with_siblings(offers)

    @property
    def sites(self) -> SiteWorkshop:
        """Makes parents of single sites."""
        return self._site_workshop

    def _offers_of_sites(self) -> list[Offer]:
        """Of sites' own parents, as they were built if they were."""
        made = SiteOffers(self._buildable(), self._settings.machines, self._facts_of)
        offers = list(made.make(self._sites.kept()))
        return [
            self._as_built(offer)
            for offer in offers
            if self._is_exported(offer.recipe, offer.card.model_version)
        ]

    def _as_built(self, offer: Offer) -> Offer:
        built = self._shelf.get(offer.card.id, self._content_key(offer))
        if built is None:
            return offer
        return replace(offer, card=built.card, manifest=built.manifest, packed=built.packed)

    def _materials_of(self, offer: Offer) -> Materials:
        """With the weights of the offer's parent."""
        materials = self._settings.materials
        return replace(materials, weights_dir=offer.weights_dir or materials.weights_dir)

    def _offer(
        self, recipe: Recipe, machine: str, figures: Mapping[str, VariantCard]
    ) -> Offer | None:
        """What is known of a variant, as it was built if it was; None while nothing is known."""
        version_ = parent_version(recipe.parent, self._settings.materials.weights_dir)
        facts = self._facts(recipe.parent)
        known = figures.get(variant_id(recipe, version_, machine))
        card = known or predicted_card(recipe, version_, facts or ParentFacts(), machine)
        offer = Offer(recipe, machine, card, known)
        as_built = self._as_built(offer)
        if as_built.manifest:
            return as_built
        is_known = bool(known or facts) and self._is_exported(recipe, version_)
        return offer if is_known else None

    def _is_exported(self, recipe: Recipe, version: str) -> bool:
        """Whether a build can begin at once: an export takes longer than all else together."""
        if recipe.runtime == BASE_RUNTIME:
            return True
        facts = facts_path(recipe.parent, version, self._settings.materials.cache_dir)
        sizes = exported_sizes(exported_path(facts.parent, recipe.runtime))
        return sizes.issuperset(recipe.sizes)

    def _facts(self, parent: str) -> ParentFacts | None:
        """None until the parent is prepared."""
        return self._facts_of(parent, parent_version(parent, self._settings.materials.weights_dir))

    def _facts_of(self, parent: str, version: str) -> ParentFacts | None:
        path = facts_path(parent, version, self._settings.materials.cache_dir)
        if not path.exists():
            return None
        return msgspec.json.decode(path.read_bytes(), type=ParentFacts)

    def _needs(self, offer: Offer) -> tuple[str, ...]:
        """An int8 file is made for one kind of machine; that matters where there are several."""
        several = len(self._settings.machines) > 1
        own = [offer.machine.removesuffix(SATURATING)] if several and offer.card.activations else []
        return (*offer.recipe.needs, *own)

    def _content_key(self, offer: Offer) -> str:
        return content_key(offer, self._settings.materials)


def _spec(built: BuiltVariant, needs: Sequence[str]) -> VariantSpec:
    spec = msgspec.convert(built.card, VariantSpec, from_attributes=True)
    named = {"manifest": built.manifest, "packed": built.packed, "needs": list(needs)}
    return msgspec.structs.replace(spec, **named)
