"""What a variant needs of a device."""

from lamplighter_wire.messages import Capabilities, Manifest


def unmet_needs(manifest: Manifest, has: Capabilities) -> list[str]:
    """What the variant needs and the device lacks. "isa:avx2" and "avx2" are the same need."""
    given = {*has.isa, *has.runtimes, *has.accelerators, has.machine}
    needs = {manifest.runtime, *manifest.needs}
    return sorted(need for need in needs if need.rpartition(":")[2] not in given)
