"""The half network made for a day's camera, by pictures of other hours of the same street."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.sites.site_training import SiteTrainingConfig
from lamplighter_recipes.sites.specialise_site import SiteRequest, specialise_site
from lamplighter_recipes.variants.identity import Materials
from lamplighter_recipes.variants.site_parents import SiteResult, recipes_for
from lamplighter_scenes.footage.counting_footage import SCENERY_SEEDS, SETS
from lamplighter_scenes.footage.day_footage import SET

from lamplighter_demo.benchmarks.day.day_devices import FULL, HALF, PARENTS, city_of
from lamplighter_demo.benchmarks.day.networks import Network, build_networks
from lamplighter_demo.benchmarks.sites.site_pictures import PICTURES, SiteCamera, draw_pictures

Report = Callable[[str], None]
# Nothing that the day shows is from the first half of a trace.
SEEN = (0.05, 0.5)
STEPS = 600
KEPT = "site.json"


class SiteMade(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a camera's site, and the seconds that it took the controller by the clock."""

    result: SiteResult
    seconds: float


@dataclass(frozen=True)
class Workplace:
    """Folders: materials, traces, and where everything is kept."""

    materials: Materials
    traces: Path
    out: Path


def make_site(camera: str, place: Workplace, report: Report) -> SiteMade:
    """The parent of a camera's site; what an earlier run has made is kept.

    Raises:
        RecipeError: weights or pictures cannot be used.
        FileNotFoundError: the city was not recorded.
    """
    folder = place.out / "sites" / camera
    if not (folder / KEPT).exists():
        folder.mkdir(parents=True, exist_ok=True)
        spot = next(s for s in SETS[SET] if s.viewpoint.camera.name == camera)
        seed = SCENERY_SEEDS[city_of(camera)]
        view = SiteCamera(spot.city, "", seed, SEEN, SEEN, spot.viewpoint.camera)
        draw_pictures(view, place.traces, folder, report)
        result = specialise_site(
            _request(camera, folder, place), place.materials, folder / "parent"
        )
        made = SiteMade(result=result, seconds=sum(result.seconds.values()))
        (folder / KEPT).write_bytes(msgspec.json.encode(made))
        report(f"{camera}: a parent of its own, {'kept' if result.kept else 'not kept'}")
    return msgspec.json.decode((folder / KEPT).read_bytes(), type=SiteMade)


def _request(camera: str, folder: Path, place: Workplace) -> SiteRequest:
    return SiteRequest(
        site=camera,
        base=PARENTS[HALF],
        teacher=PARENTS[FULL],
        pictures=folder / PICTURES,
        replay=place.materials.calibration_dir,
        training=SiteTrainingConfig(steps=STEPS),
    )


def site_networks(
    camera: str,
    made: SiteMade,
    recipes: Sequence[Recipe],
    thresholds: Mapping[str, Mapping[str, float]],
    place: Workplace,
) -> dict[str, Network]:
    """The site's variants by the name of the recipe that they are built by; none where it was not
    kept. `thresholds`: those of the city's, by the same names."""
    if not made.result.kept:
        return {}
    folder = place.out / "sites" / camera
    materials = replace(place.materials, weights_dir=folder / "parent")
    named = {recipe.name: recipe for recipe in recipes_for(made.result, recipes)}
    return build_networks(named, materials, folder, lambda *_: None, thresholds)
