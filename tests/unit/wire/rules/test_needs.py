"""A device understands the words in which recipes say what a variant needs."""

import pytest
from lamplighter_controller.domain.devices import missing_needs
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import Capabilities, Manifest
from lamplighter_wire.rules.needs import unmet_needs

HAS = Capabilities(
    machine="x86_64", isa=["avx2"], runtimes={"onnxruntime": "1"}, accelerators=["npu"]
)


@pytest.mark.parametrize(
    ("needs", "unmet"),
    [
        ([], []),
        (["avx2", "npu", "x86_64"], []),
        (["isa:avx2", "accelerator:npu", "runtime:onnxruntime"], []),
        (["isa:avx512_vnni", "cuda"], ["cuda", "isa:avx512_vnni"]),
    ],
)
def test_device_and_planner_agree_on_what_is_missing(needs: list[str], unmet: list[str]) -> None:
    assert unmet_needs(Manifest(needs=needs), HAS) == unmet
    assert missing_needs(HAS, VariantSpec("v", needs=tuple(needs))) == unmet
