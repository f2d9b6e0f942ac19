"""What a variant needs of a device, and which processors its arithmetic is right on.

With AVX2, and without 8-bit dot products, onnxruntime adds two products of an unsigned and a signed
byte in 16 bits and clips the sum (VPMADDUBSW): its answers are wrong where activations are large.
With weights of 7 bits no sum reaches the limit. Older x86 is slow and exact.
"""

from collections.abc import Iterable

from lamplighter_wire.messages import Capabilities

MACHINES = ("x86_64", "aarch64", "armv7l")  # for which variants can be built
X86 = ("x86_64", "amd64")
CLIPPING_ISA = "avx2"
EXACT_ISA = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})  # sums in 32 bits
UNSIGNED, SIGNED = "u8", "s8"
REDUCED = "u8w7"  # unsigned activations, weights of 7 bits
SATURATING = "-saturating"  # behind the name of a machine for which REDUCED is built


def unmet_needs(needs: Iterable[str], runtime: str, capabilities: Capabilities) -> list[str]:
    """What a variant needs and the device does not report, sorted, in the recipe's words.

    "isa:avx2" and "avx2" are the same need. A runtime that is missing reads "runtime:NAME".
    """
    given = {*capabilities.isa, *capabilities.runtimes, *capabilities.accelerators}
    given |= {capabilities.machine, *capabilities.decoders}
    asked = {*needs, f"runtime:{runtime}"}
    return sorted(need for need in asked if need.rpartition(":")[2] not in given)


def saturates(capabilities: Capabilities) -> bool:
    """Whether a processor is known to clip the sums of 8-bit products."""
    isa = capabilities.isa
    clips = CLIPPING_ISA in isa and not EXACT_ISA.intersection(isa)
    return capabilities.machine.lower() in X86 and clips


def misfit(activations: str, capabilities: Capabilities) -> str:
    """Why a variant with such activations is not for a processor; empty where it is."""
    if activations == UNSIGNED and saturates(capabilities):
        return "its 8-bit products overflow on this processor"
    if activations == REDUCED and not saturates(capabilities):
        return "its weights are reduced for processors whose 8-bit products overflow"
    return ""


def machine_kinds(machine: str) -> tuple[str, ...]:
    """The kinds of a machine that variants are built for one by one."""
    return (machine, machine + SATURATING) if machine.lower() in X86 else (machine,)
