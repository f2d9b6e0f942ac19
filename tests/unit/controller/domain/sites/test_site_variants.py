"""What a device of a site is offered, and what is expected of it there."""

import msgspec
import pytest
from lamplighter_controller.domain.expected_accuracy import OWN_EVALUATION, at_site
from lamplighter_controller.domain.sites.site_variants import offered_at
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.controller_rig import spec


def _of(name: str, ap50: float, parent: str, site: str = "") -> VariantSpec:
    made = spec(name, ap50, 300.0)
    return msgspec.structs.replace(made, parent=parent, model_version="v1", site=site)


FULL, HALF = _of("full", 0.85, "large"), _of("half", 0.78, "small")
OWN = _of("own", 0.5, "small-at-gate", site="gate")


def _table(value: float) -> dict[str, dict[str, float]]:
    return {"384x288": dict.fromkeys(REGIMES, value)}


def test_a_sites_own_variants_are_for_that_site_alone() -> None:
    specs = [FULL, HALF, OWN]
    assert [s.id for s in offered_at(specs, "gate", {})] == ["full", "half", "own"]
    for elsewhere in ("", "mill"):
        assert [s.id for s in offered_at(specs, elsewhere, {})] == ["full", "half"]


def test_the_ranking_of_the_city_gives_way_to_what_is_known_of_the_site() -> None:
    """On this street the small network loses far more than in the city, its own one does not."""
    known = {"large@v1": _table(0.70), "small@v1": _table(0.55), "small-at-gate@v1": _table(0.69)}
    specs = at_site(offered_at([FULL, HALF, OWN], "gate", known), "gate")
    reached = {s.id: s.ap50(384, 288, "day-dry-free") for s in specs}
    assert reached == {"full": 0.70, "half": 0.55, "own": 0.69}
    assert {s.at(384, 288).at_site.basis for s in specs} == {OWN_EVALUATION}


def test_sizes_that_were_not_measured_follow_the_nearest_smaller_one() -> None:
    known = {"large@v1": {**_table(0.6), "512x384": dict.fromkeys(REGIMES, 0.7)}}
    sized = msgspec.structs.replace(FULL, sizes=["192x128", "448x320", "640x480"])
    (full,) = offered_at([sized], "gate", known)
    own = {size: row["day-dry-free"] for size, row in full.site_ap50["gate"].items()}
    assert own == {
        "192x128": pytest.approx(0.6 * 2 / 9),
        "448x320": 0.6,
        "640x480": 0.7,
    }


def test_what_nothing_is_known_of_stays_as_it_is() -> None:
    (full,) = offered_at([FULL], "gate", {"large@v2": _table(0.1)})
    assert full is FULL
    measured = msgspec.structs.replace(FULL, site_ap50={"gate": _table(0.4)})
    (own,) = offered_at([measured], "gate", {"large@v1": _table(0.7)})
    assert own is measured, "its own evaluation counts before its parent's"
