"""Which processors clip the sums of 8-bit products, and which variants are for them."""

import pytest
from lamplighter_wire.messages import Capabilities
from lamplighter_wire.rules.saturation import REDUCED, machine_kinds, misfit, saturates


def processor(machine: str, *isa: str) -> Capabilities:
    return Capabilities(machine=machine, isa=list(isa))


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        (processor("x86_64", "avx2", "fma"), True),
        (processor("AMD64", "sse4_1"), True),
        (processor("x86_64", "avx512f", "avx512bw"), True),
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
