"""What can be had now, from what lies on disk: recipes, parents, figures and finished builds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import msgspec
from lamplighter_recipes.recipe.own_model import OWN_FAMILY, facts_of_parent, float_runtime
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.camera_figures import known_cameras
from lamplighter_recipes.variants.count_figures import CountFigures, known_counts
from lamplighter_recipes.variants.figures import ParentFacts, VariantCard
from lamplighter_recipes.variants.identity import (
    EXPORTED,
    Materials,
    exported_path,
    exported_sizes,
    facts_path,
    known_figures,
    layers_of,
    parent_version,
    predicted_card,
    variant_id,
)
from lamplighter_wire.decoders.decoder import Decoder, decoder_need
from lamplighter_wire.rules.needs import SATURATING, machine_kinds
from lamplighter_wire.street.camera_figures import CameraFigures

from lamplighter_controller.domain.variants import MEASURED, VariantSpec
from lamplighter_controller.workshop.artifacts import ArtifactStore, BuiltShelf, BuiltVariant
from lamplighter_controller.workshop.content_keys import content_key
from lamplighter_controller.workshop.file_states import folder_state
from lamplighter_controller.workshop.material_sets import MaterialSets, measured_on
from lamplighter_controller.workshop.offers import Offer, paying, with_siblings
from lamplighter_controller.workshop.sites.site_offers import SiteOffers
from lamplighter_controller.workshop.sites.site_shelf import SiteShelf


@dataclass(frozen=True)
class Offered:
    """Offers by variant id, and the catalogue's entries of those that may be offered."""

    offers: Mapping[str, Offer]
    specs: Sequence[VariantSpec]


class CurrentOffers:
    """Offers for machines and runtimes. Made anew only when a file has changed that they are
    made from."""

    def __init__(
        self,
        sets: MaterialSets,
        store: ArtifactStore,
        shelf: BuiltShelf,
        sites: SiteShelf,
        machines: Sequence[str],
        runtimes: Sequence[str],
    ) -> None:
        self._sets, self._store, self._shelf, self._sites = sets, store, shelf, sites
        self._machines, self._runtimes = tuple(machines), runtimes
        self._state: Sequence[object] = []
        self._offered = Offered({}, [])
        self._counts: Mapping[str, CountFigures] = {}
        self._cameras: Mapping[str, CameraFigures] = {}

    def current(self) -> Offered:
        """As the files are now.

        Raises:
            RecipeError: a recipe file is broken, or its parent missing.
        """
        state = self._files()
        if self._state != state:
            self._counts = known_counts(self._sets.city.weights_dir)
            self._cameras = known_cameras(self._sets.city.weights_dir)
            offers = self._make()
            cards = paying({name: offer.card for name, offer in offers.items()})
            specs = [self.spec(offers[name], card) for name, card in cards.items()]
            self._offered, self._state = Offered(offers, specs), state
        return self._offered

    def add_machine(self, machine: str) -> bool:
        """Make offers for one more kind of machine; False where they are made for it already."""
        if machine in self._machines:
            return False
        self._machines = (*self._machines, machine)
        return True

    def buildable(self) -> list[Recipe]:
        """Recipes whose runtime is wanted, and whose tools are installed here.

        Raises:
            RecipeError: a recipe file is broken.
        """
        runtimes = {name for name in self._runtimes if is_installed(name)}
        return [recipe for recipe in self._sets.recipes().values() if recipe.runtime in runtimes]

    def of_city(self) -> list[Recipe]:
        """Buildable ones of parents that are no user's own model."""
        return [recipe for recipe in self.buildable() if recipe.family != OWN_FAMILY]

    def of_models(self) -> list[Recipe]:
        """Buildable ones of users' own models."""
        return [recipe for recipe in self.buildable() if recipe.family == OWN_FAMILY]

    def facts(self, recipe: Recipe) -> ParentFacts | None:
        """Of its parent; None until that is prepared."""
        return self._facts_of(recipe.parent, self._version(recipe))

    def is_exported(self, recipe: Recipe, version: str = "") -> bool:
        """Whether a build can begin at once: an export takes longer than all else together.

        `version`: of the parent, where it is not the one that lies with the recipe's materials.
        """
        folders = self._sets.of(recipe)
        if recipe.runtime == float_runtime(recipe.family, recipe.parent, folders.weights_dir):
            return True
        facts = facts_path(recipe.parent, version or self._version(recipe), folders.cache_dir)
        sizes = exported_sizes(exported_path(facts.parent, recipe.runtime))
        return sizes.issuperset(recipe.sizes)

    def materials(self, offer: Offer) -> Materials:
        """What its build reads, with the weights of its parent."""
        materials = self._sets.of(offer.recipe)
        return replace(materials, weights_dir=offer.weights_dir or materials.weights_dir)

    def needs(self, offer: Offer) -> tuple[str, ...]:
        """An int8 file is made for one kind of machine, and on another it is wrong or slow."""
        own = [offer.machine.removesuffix(SATURATING)] if offer.card.activations else []
        reads = [decoder_need(name)] if (name := offer.card.decoder.name) else []
        return (*offer.recipe.needs, *own, *reads)

    def key(self, offer: Offer) -> str:
        """What its build is kept by."""
        return content_key(offer, self._sets.of(offer.recipe))

    def spec(self, offer: Offer, card: VariantCard | None = None) -> VariantSpec:
        """Its entry in the catalogue.

        `card`: with the figures that may be offered, where these are not all.
        """
        built = BuiltVariant(card=card or offer.card, manifest=offer.manifest, packed=offer.packed)
        spec, counted = spec_of(built, self.needs(offer)), self._counts.get(offer.card.id)
        return msgspec.structs.replace(
            spec,
            count_errors=counted.errors if counted else {},
            counts_basis=MEASURED if counted else "",
            camera_figures=self._cameras.get(offer.card.id),
            layers=layers_of(offer.recipe),
            measured_on=measured_on(self._sets.of(offer.recipe)),
        )

    def _files(self) -> Sequence[object]:
        cache_dir = self._sets.city.cache_dir
        return [
            self._machines,
            self._store.losses,
            *self._sets.state(),
            *folder_state(cache_dir, "parents/*/facts.json"),
            *folder_state(cache_dir, f"parents/*/*/{EXPORTED}"),
            *folder_state(self._shelf.folder, "*.json"),
            *folder_state(self._sites.root, "*/*/*.json"),
        ]

    def _make(self) -> dict[str, Offer]:
        offers: dict[str, Offer] = {}
        for offer in chain(self._of_recipes(), self._of_sites()):
            offers.setdefault(offer.card.id, offer)  # float variants are the same everywhere
        return with_siblings(offers)

    def _of_recipes(self) -> Iterator[Offer]:
        figures = known_figures(self._sets.city.weights_dir)
        for recipe in self.buildable():
            for machine in chain(*map(machine_kinds, self._machines)):
                offer = self._offer(recipe, machine, figures)
                if offer is not None:
                    yield offer

    def _of_sites(self) -> Iterator[Offer]:
        """Of sites' own parents, as they were built if they were."""
        made = SiteOffers(self.of_city(), self._machines, self._facts_of)
        for offer in made.make(self._sites.kept()):
            if self.is_exported(offer.recipe, offer.card.model_version):
                yield self._as_built(offer)

    def _offer(
        self, recipe: Recipe, machine: str, figures: Mapping[str, VariantCard]
    ) -> Offer | None:
        """What is known of a variant, as it was built if it was; None while nothing is known."""
        version_ = self._version(recipe)
        facts = self.facts(recipe)
        known = figures.get(variant_id(recipe, version_, machine))
        card = known or predicted_card(recipe, version_, facts or ParentFacts(), machine)
        # Also of a parent that was measured ahead and is not prepared.
        card = msgspec.structs.replace(card, decoder=self._decoder(recipe))
        offer = self._as_built(Offer(recipe, machine, card, known))
        if offer.manifest:
            return offer
        is_known = bool(known or facts) and self.is_exported(recipe)
        return offer if is_known else None

    def _as_built(self, offer: Offer) -> Offer:
        built = self._shelf.get(offer.card.id, self.key(offer))
        if built is None:
            return offer
        return replace(offer, card=built.card, manifest=built.manifest, packed=built.packed)

    def _decoder(self, recipe: Recipe) -> Decoder:
        """How the networks of its parent are read."""
        weights_dir = self._sets.of(recipe).weights_dir
        return facts_of_parent(recipe.family, recipe.parent, weights_dir).decoder

    def _version(self, recipe: Recipe) -> str:
        """Of its parent's weights."""
        return parent_version(recipe.parent, self._sets.of(recipe).weights_dir)

    def _facts_of(self, parent: str, version: str) -> ParentFacts | None:
        path = facts_path(parent, version, self._sets.city.cache_dir)
        if not path.exists():
            return None
        return msgspec.json.decode(path.read_bytes(), type=ParentFacts)


def spec_of(built: BuiltVariant, needs: Sequence[str]) -> VariantSpec:
    """A build's entry in the catalogue, with what it needs of a device."""
    spec = msgspec.convert(built.card, VariantSpec, from_attributes=True)
    named = {"manifest": built.manifest, "packed": built.packed, "needs": list(needs)}
    return msgspec.structs.replace(spec, **named)
