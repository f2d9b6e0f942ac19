"""A variant calibrated for one regime is offered where it is measured to pay, and nowhere else."""

from pathlib import Path

import msgspec
from lamplighter_controller.services.catalogue import variant_record
from lamplighter_controller.workshop.offers import paying
from lamplighter_recipes.variants.figures import VariantCard

from tests.simulators.controller_rig import Rig, spec

SIZE, NIGHT, DAY = "384x288", "night-dry-free", "day-dry-free"


def card(name: str, calibration: str, gains: dict[str, tuple[float, float]]) -> VariantCard:
    return VariantCard(
        id=name,
        parent="full",
        precision="int8",
        calibration=calibration,
        expected_ap50={SIZE: {NIGHT: 0.85, DAY: 0.9}},
        gain_interval={SIZE: gains} if gains else {},
    )


UNIVERSAL = card("all", "", {NIGHT: (-0.06, -0.02), DAY: (-0.01, 0.01)})


def offered(*cards: VariantCard) -> dict[str, VariantCard]:
    return paying({c.id: c for c in cards})


def test_only_the_regimes_beyond_the_interval_are_promised() -> None:
    pays = card("night", "night", {NIGHT: (-0.01, 0.02), DAY: (0.02, 0.05)})
    found = offered(UNIVERSAL, pays)
    assert found["night"].expected_ap50 == {SIZE: {NIGHT: 0.85}}, "by day it was not meant to serve"
    assert found["all"] == UNIVERSAL


def test_it_must_beat_every_universal_build() -> None:
    pays = card("night", "night", {NIGHT: (-0.01, 0.02)})
    better = card("clustered", "", {NIGHT: (-0.03, 0.0)})
    assert "night" in offered(UNIVERSAL, pays)
    assert list(offered(UNIVERSAL, better, pays)) == ["all", "clustered"]
    assert list(offered(better, UNIVERSAL, pays)) == ["clustered", "all"]


def test_what_is_not_proven_is_not_offered() -> None:
    overlapping = card("night", "night", {NIGHT: (-0.03, 0.02)})
    assert list(offered(UNIVERSAL, overlapping)) == ["all"]
    assert list(offered(UNIVERSAL, card("night", "night", {}))) == ["all"], "never measured"
    pays = card("night", "night", {NIGHT: (-0.01, 0.02)})
    assert offered(pays) == {}, "there is nothing to compare it with"
    other = msgspec.structs.replace(UNIVERSAL, parent="half")
    assert list(offered(other, pays)) == ["all"], "nor is another parent's build"


def test_one_that_was_built_does_not_come_back_by_itself(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    for name, calibration in (("all", ""), ("night", "night")):
        built = msgspec.structs.replace(spec(name, 0.8, 300.0), calibration=calibration)
        rig.store.put_variant(variant_record(built, 1.0))
    assert [s.id for s in rig.services.catalogue.specs()] == ["all"]
    rig.close()
