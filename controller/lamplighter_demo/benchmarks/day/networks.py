"""Built variants as devices hold them: files of a slot, and the scores that they count by."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from lamplighter_recipes.building.build import Progress, specialise
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, known_figures, variant_id
from lamplighter_wire.blobs import assemble
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.street.counting_boxes import MOST_OVERLAP, counting_score
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD


@dataclass(frozen=True)
class Network:
    """A variant. `thresholds` are those of detection, by regime."""

    name: str
    folder: Path
    runtime: str
    thresholds: Mapping[str, float]
    decoder: Decoder = OWN

    def point(self, size: str, fps: float, regime: str) -> OperatingPoint:
        """A point for counts, bounded at a frame rate, as plans choose it in a regime."""
        width, height = parse_size(size)
        least = counting_score(self.thresholds, regime, DEFAULT_THRESHOLD)
        return OperatingPoint(
            variant=self.name,
            width=width,
            height=height,
            fps=fps,
            thresholds={"": least},
            most_overlap=MOST_OVERLAP,
        )


def build_networks(
    recipes: Mapping[str, Recipe],
    materials: Materials,
    out: Path,
    progress: Progress,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Network]:
    """Builds the recipes that are not built in `out` yet.

    Scores are those measured ahead, else of `thresholds` by name.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    ahead, networks = known_figures(materials.weights_dir), {}
    for name, recipe in recipes.items():
        parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
        variant = variant_id(recipe, parent.version, platform.machine())
        known = ahead.get(variant, VariantCard(id=""))
        folder, card = out / "slots" / variant, out / "slots" / f"{variant}.json"
        if not card.exists():
            built = specialise(recipe, materials, out / name, known=known, progress=progress)
            folder.mkdir(parents=True, exist_ok=True)
            assemble(built.plain.parts, built.plain.chunks.__getitem__, folder)
            write_atomically(card, [msgspec.json.encode(built.card.decoder)])
        scores = known.thresholds or (thresholds or {}).get(name, {})
        decoder = msgspec.json.decode(card.read_bytes(), type=Decoder)
        networks[name] = Network(name, folder, recipe.runtime, scores, decoder)
    return networks
