"""A variant calibrated for one regime is offered where it is measured to pay, and nowhere else."""

from pathlib import Path

import msgspec
from lamplighter_controller.services.catalogue import variant_record
from lamplighter_controller.workshop.offers import Offer, paying, with_siblings
from lamplighter_recipes.recipe.schema import Recipe
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


def test_what_was_not_measured_is_expected_to_do_as_what_computes_alike() -> None:
    def kind(name: str, runtime: str, precision: str, ap50: float) -> Offer:
        table = {SIZE: {DAY: ap50}} if ap50 else {}
        told = msgspec.structs.replace(
            card(name, "", {}),
            runtime=runtime,
            sizes=[SIZE],
            precision=precision,
            expected_ap50=table,
            extra_work={SIZE: ap50} if ap50 else {},
            class_map50=table,
            ap50_interval={SIZE: {DAY: (ap50 - 0.01, ap50 + 0.01)}} if ap50 else {},
            evaluated_frames=360 if ap50 else 0,
        )
        return Offer(
            recipe=Recipe(name=name, parent="full"), machine="x86_64", card=told, known=None
        )

    offers = {
        offer.card.id: offer
        for offer in (
            kind("int8", "onnxruntime", "int8", 0.6),
            kind("float", "onnxruntime", "fp32", 0.9),
            kind("other-int8", "litert", "int8", 0.7),
            kind("clustered-int8", "onnxruntime", "int8", 0.0),
            kind("clustered", "onnxruntime", "fp32", 0.0),
            kind("bf16", "openvino", "bf16", 0.0),
        )
    }
    cards = {name: offer.card for name, offer in with_siblings(offers).items()}
    expected = {name: told.expected_ap50[SIZE][DAY] for name, told in cards.items()}
    assert expected["clustered-int8"] == 0.6
    assert expected["clustered"] == 0.9
    assert expected["bf16"] in (0.6, 0.9, 0.7), "of none, so of any"
    assert cards["clustered-int8"].extra_work == {SIZE: 0.6}, "the same layers"
    assert cards["bf16"].extra_work == {}, "the layers of another runtime"
    told = cards["clustered-int8"]
    assert (told.class_map50, told.ap50_interval, told.evaluated_frames) == ({}, {}, 0), "its own"
    assert cards["int8"].evaluated_frames == 360
