"""A device understands the words in which recipes say what a variant needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.messages import Capabilities
from lamplighter_wire.rules.needs import REDUCED, machine_kinds, misfit, saturates, unmet_needs

HAS = Capabilities(
    machine="x86_64", isa=["avx2"], runtimes={"onnxruntime": "1"}, accelerators=["npu"]
)
words = st.sampled_from(["avx2", "avx512_vnni", "npu", "cuda", "x86_64", "onnxruntime"])


@pytest.mark.parametrize(
    ("needs", "runtime", "unmet"),
    [
        ([], "onnxruntime", []),
        (["avx2", "npu", "x86_64"], "onnxruntime", []),
        (["isa:avx2", "accelerator:npu", "runtime:onnxruntime"], "onnxruntime", []),
        (["isa:avx512_vnni", "cuda"], "onnxruntime", ["cuda", "isa:avx512_vnni"]),
        ([], "litert", ["runtime:litert"]),
    ],
)
def test_what_a_device_lacks_is_told_in_the_recipes_words(
    needs: list[str], runtime: str, unmet: list[str]
) -> None:
    assert unmet_needs(needs, runtime, HAS) == unmet


@given(st.lists(words), st.sampled_from(["isa:", "accelerator:", ""]))
def test_a_prefix_changes_nothing(needs: list[str], prefix: str) -> None:
    plain = unmet_needs(needs, "onnxruntime", HAS)
    prefixed = unmet_needs([prefix + need for need in needs], "onnxruntime", HAS)
    assert [need.rpartition(":")[2] for need in prefixed] == plain


@given(st.lists(words), st.lists(words))
def test_more_needs_are_never_met_by_less(some: list[str], more: list[str]) -> None:
    assert set(unmet_needs(some, "onnxruntime", HAS)) <= set(
        unmet_needs(some + more, "onnxruntime", HAS)
    )


def processor(machine: str, *isa: str) -> Capabilities:
    return Capabilities(machine=machine, isa=list(isa))


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        (processor("x86_64", "avx2", "fma"), True),
        (processor("AMD64", "avx2", "avx512f", "avx512bw"), True),
        (processor("x86_64", "sse4_1"), False),
        (processor("x86_64", "avx2", "avx_vnni"), False),
        (processor("x86_64", "avx512f", "avx512_vnni"), False),
        (processor("aarch64", "asimd"), False),
        (processor("x86_64"), False),  # not known
    ],
)
def test_x86_without_8_bit_dot_products_saturates(
    capabilities: Capabilities, expected: bool
) -> None:
    assert saturates(capabilities) is expected
    assert bool(misfit("u8", capabilities)) is expected
    assert bool(misfit(REDUCED, capabilities)) is not expected
    assert misfit("s8", capabilities) == misfit("", capabilities) == ""


def test_only_x86_has_two_kinds() -> None:
    assert machine_kinds("x86_64") == ("x86_64", "x86_64-saturating")
    assert machine_kinds("aarch64") == ("aarch64",)
