"""The cost of a network per MMAC beside the probe's dense networks."""

import platform
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.benchmarks.extra_work import extra_of, with_extra_work
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, activation_type

RATES = {
    ("onnxruntime", "fp32"): 0.02,
    ("onnxruntime", "int8"): 0.01,
    ("other", "fp32"): 0.04,
}
TIMES = {
    ("wide", "384x288"): 20.0,
    ("narrow", "384x288"): 3.0,
    ("half", "384x288"): 20.0,
}


def card(precision: str, mmac: float, runtime: str = "onnxruntime") -> VariantCard:
    return VariantCard(id=precision, runtime=runtime, precision=precision, mmac={"384x288": mmac})


def test_what_the_rate_of_the_precision_does_not_explain_is_told_in_fp32_work() -> None:
    cards = {"wide": card("fp32", 1000.0), "narrow": card("int8", 100.0)}
    # 3 ms per 100 MMAC: 1 ms is 8-bit arithmetic, 2 ms are as long as 100 MMAC in fp32.
    assert extra_of(TIMES, cards, RATES) == {
        "wide": {"384x288": pytest.approx(0.0)},
        "narrow": {"384x288": pytest.approx(1.0)},
    }


def test_a_precision_without_a_probe_network_is_compared_with_fp32() -> None:
    found = extra_of(TIMES, {"half": card("fp16", 500.0)}, RATES)
    assert found == {"half": {"384x288": pytest.approx(1.0)}}


def test_the_work_is_that_of_the_variants_own_runtime() -> None:
    found = extra_of(TIMES, {"half": card("fp32", 250.0, "other")}, RATES)
    assert found == {"half": {"384x288": pytest.approx(1.0)}}


def test_what_is_quicker_than_the_probes_network_costs_less_than_nothing_more() -> None:
    found = extra_of(TIMES, {"half": card("fp32", 1250.0)}, RATES)
    assert found == {"half": {"384x288": pytest.approx(-0.2)}}


def test_eight_bits_for_another_machine_are_not_timed_on_this_one(tmp_path: Path) -> None:
    here = activation_type("auto", platform.machine())
    other = "s8" if here == "u8" else "u8"
    elsewhere = msgspec.structs.replace(card("int8", 100.0), activations=other)
    nowhere = Materials(tmp_path, tmp_path, tmp_path, tmp_path, tmp_path)
    assert with_extra_work(elsewhere, tmp_path / "none.onnx", nowhere) == elsewhere
