"""The cost of a network per MMAC beside the probe's dense networks."""

from lamplighter_recipes.card import VariantCard
from lamplighter_recipes.costs import ratios_of

WORK = {"dense_fp32": 100.0, "dense_int8": 100.0}
TIMES = {
    ("dense_fp32", ""): 2.0,
    ("dense_int8", ""): 1.0,
    ("wide", "384x288"): 20.0,
    ("narrow", "384x288"): 3.0,
    ("half", "384x288"): 20.0,
}


def card(precision: str, mmac: float) -> VariantCard:
    return VariantCard(id=precision, precision=precision, mmac={"384x288": mmac})


def test_a_network_is_compared_with_the_probe_s_of_its_precision() -> None:
    cards = {"wide": card("fp32", 1000.0), "narrow": card("int8", 100.0)}
    assert ratios_of(TIMES, cards, WORK) == {"wide": {"384x288": 1.0}, "narrow": {"384x288": 3.0}}


def test_a_precision_without_a_probe_network_is_compared_with_fp32() -> None:
    assert ratios_of(TIMES, {"half": card("fp16", 500.0)}, WORK) == {"half": {"384x288": 2.0}}
