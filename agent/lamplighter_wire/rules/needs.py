"""What a variant needs of a device."""

from collections.abc import Iterable

from lamplighter_wire.messages import Capabilities


def unmet_needs(needs: Iterable[str], runtime: str, capabilities: Capabilities) -> list[str]:
    """What a variant needs and the device does not report, sorted, in the recipe's words.

    "isa:avx2" and "avx2" are the same need. A runtime that is missing reads "runtime:NAME".
    """
    given = {*capabilities.isa, *capabilities.runtimes, *capabilities.accelerators}
    given.add(capabilities.machine)
    asked = {*needs, f"runtime:{runtime}"}
    return sorted(need for need in asked if need.rpartition(":")[2] not in given)
