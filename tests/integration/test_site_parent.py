"""A site's parent from the shelf to a built variant, with real child processes."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.sites.site_variants import offered_at
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.jobs import BuildFailed
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_recipes.tasks.detection.weights import save_parent
from lamplighter_recipes.variants.identity import parent_version
from lamplighter_recipes.variants.site_parents import SiteResult, parent_key
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.rules.sizes import DEFAULT_SIZES

from tests.simulators.recipe_rig import REGIMES, materials, tiny_detector, write_frames

pytestmark = pytest.mark.torch

BASE, NAME, SITE = "nanodet-p50", "nanodet-p50-at-gate", "gate"


def _workshop(folder: Path) -> Workshop:
    settings = WorkshopSettings(materials(folder))
    store = ArtifactStore(folder / "artifacts")
    return Workshop(settings, ChildPool(), store, lambda raw: raw, ManualClock())


def _kept(workshop: Workshop, folder: Path) -> SiteResult:
    """Put a tiny parent on the shelf, as the work for a site leaves it."""
    save_parent(tiny_detector(7), NAME, folder)
    version = parent_version(NAME, folder)
    table = {size: dict.fromkeys(REGIMES, 0.7) for size in DEFAULT_SIZES}
    result = SiteResult(
        site=SITE,
        parent=NAME,
        version=version,
        base=BASE,
        kept=True,
        expected={parent_key(NAME, version): table},
    )
    files = {path.name: path.read_bytes() for path in folder.glob(f"{NAME}.*")}
    workshop.sites.shelf.put_result(result, files)
    return result


def test_a_kept_parent_is_prepared_offered_to_its_site_and_built(tmp_path: Path) -> None:
    workshop = _workshop(tmp_path)
    made = tmp_path / "made"
    made.mkdir()
    result = _kept(workshop, made)
    ready: list[str] = []
    workshop.sites.changed = lambda: ready.append("ready")
    workshop.start().result(600)
    other = next(s for s in workshop.offers() if s.recipe == "int8-full")
    workshop.build(other).result(600)  # behind the preparation of the site's parent
    (offer,) = [s for s in workshop.offers() if s.site == SITE and s.recipe == "int8-p50"]
    assert ready
    assert offer.parent == NAME
    assert offer.expected_ap50["384x288"] == dict.fromkeys(REGIMES, 0.7)
    built = workshop.build(offer).result(600)
    assert built.built
    assert built.site == SITE
    assert workshop.evaluate(built).result(600).expected_ap50 == offer.expected_ap50
    workshop.close()

    again = _workshop(tmp_path)  # after a restart: nothing has to be made anew
    (found,) = [s for s in again.offers() if s.id == offer.id]
    assert found.manifest == built.manifest
    accuracy = again.sites.shelf.accuracy_at(SITE)
    assert offer.id in {s.id for s in offered_at(again.offers(), SITE, accuracy)}
    assert offer.id not in {s.id for s in offered_at(again.offers(), "mill", {})}
    again.sites.shelf.remove(result.site)
    assert not [s for s in again.offers() if s.site]


def test_what_cannot_be_done_is_said_by_the_work(tmp_path: Path) -> None:
    workshop = _workshop(tmp_path)
    workshop.start().result(600)
    write_frames(tmp_path / "few", 3, seed=9)
    order = SiteOrder(
        site=SITE,
        base=BASE,
        teacher="nanodet-full",
        family="nanodet",
        teacher_family="nanodet",
        pictures=str(tmp_path / "few"),
        steps=1,
    )
    with pytest.raises(BuildFailed, match="3 pictures are too few"):
        workshop.sites.specialise(order, lambda _share, _stage: None).result(600)
    write_frames(tmp_path / "enough", 24, seed=9)
    stages: list[str] = []
    order = msgspec.structs.replace(order, pictures=str(tmp_path / "enough"))
    outcome = workshop.sites.specialise(order, lambda _s, stage: stages.append(stage)).result(600)
    workshop.close()
    assert not outcome.kept
    assert outcome.reasons
    assert {"label", "train", "judge"} <= set(stages)
    assert workshop.sites.shelf.outcome(SITE) == outcome
    assert workshop.sites.shelf.kept() == []
