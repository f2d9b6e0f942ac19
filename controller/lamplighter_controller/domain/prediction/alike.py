"""Variants of which a device needs only one: they compute alike, and differ in their bytes.

A clustered variant has the layers of the one that it was clustered from, so neither is quicker, and
to go from one to the other costs a transfer and a trial for nothing.
"""

from collections.abc import Iterable, Mapping

from lamplighter_wire.enums import ReasonCode

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.variants import VariantSpec

# What a device refuses a variant for that it would refuse another with the same layers for.
OF_COST = frozenset(
    {
        *(ReasonCode.SLOWER, ReasonCode.OVER_BUDGET, ReasonCode.DOMINATED),
        *(ReasonCode.OOM, ReasonCode.DIED),
    }
)
UNKNOWN_BYTES = 1 << 40  # of a variant that nobody has built yet: more than any


def preferred_among_alike(
    view: DeviceView, catalogue: Iterable[VariantSpec]
) -> Mapping[str, VariantSpec]:
    """By the id of each variant that is left out, the one that a device has in its place.

    Kept is what the device serves, else what it refused for what it costs, which the others cost
    as well, else what it holds, else what takes the fewest bytes to send.
    """
    instead: dict[str, VariantSpec] = {}
    kept: dict[tuple[object, ...], list[VariantSpec]] = {}
    for spec in sorted(catalogue, key=lambda spec: _rank(view, spec)):
        others = kept.setdefault(_kind(spec), [])
        equal = next((other for other in others if _is_as_accurate(view, other, spec)), None)
        if equal is None:
            others.append(spec)
        else:
            instead[spec.id] = equal
    return instead


def _kind(spec: VariantSpec) -> tuple[object, ...]:
    """What variants that compute alike have in common; of a variant of its own, its id."""
    computing = spec.layers or spec.id, spec.model_version, spec.runtime, spec.activations
    return (*computing, spec.calibration, spec.site, tuple(spec.needs), tuple(spec.resolutions))


def _rank(view: DeviceView, spec: VariantSpec) -> tuple[object, ...]:
    reasons = {why for key, why in view.refused.items() if key.partition("@")[0] == spec.id}
    serves = view.serving is not None and view.serving.variant == spec.id
    size_bytes = spec.wire_bytes if spec.built else UNKNOWN_BYTES
    return (
        bool(reasons - OF_COST),
        not serves,
        not reasons,
        spec.id not in view.resident,
        size_bytes,
        spec.id,
    )


def _is_as_accurate(view: DeviceView, kept: VariantSpec, other: VariantSpec) -> bool:
    """At every size, but for what counts as equal."""
    for size in other.resolutions:
        mine, theirs = (spec.ap50(*size, view.regime) for spec in (kept, other))
        if (mine is None) != (theirs is None):
            return False
        if mine is not None and theirs is not None and mine < theirs - view.policy.equal_accuracy:
            return False
    return True
