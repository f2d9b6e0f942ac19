"""What a device's refusal is about, and for how long it holds."""

from collections.abc import Mapping

from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import OperatingPoint, Reported
from lamplighter_wire.rules.sizes import point_key

from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.store.records import Refusal

# Refusals that concern the variant at every resolution.
WHOLE_VARIANT = frozenset(
    {ReasonCode.INCOMPATIBLE, ReasonCode.HARMFUL, ReasonCode.LESS_ACCURATE, ReasonCode.SIGNATURE}
)
# Refusals that the corrected predictor knows of, and that a quieter device may take back.
MEASURED = frozenset({ReasonCode.SLOWER, ReasonCode.OVER_BUDGET, ReasonCode.TIMEOUT})


def refused_key(point: OperatingPoint, reason: str) -> str:
    """What a refusal is about: the variant, or the point."""
    if reason in WHOLE_VARIANT:
        return point.variant
    return point_key(point.variant, point.width, point.height)


def recent_refusals(
    refused: Mapping[str, Refusal], now: float, policy: Policy
) -> dict[str, Refusal]:
    """Refusals that hold, or have held within the last `refusal_s`: older ones say nothing now."""
    return {key: r for key, r in refused.items() if r.until > now - policy.refusal_s}


def refusal_life_s(
    reported: Reported, refused: Mapping[str, Refusal], key: str, policy: Policy
) -> float:
    """How long a point is left out. A wrong prediction is mended by the trial: it may come again.

    Once; a point that is slower than predicted a second time is left out as well.
    """
    measured = reported.trial is not None and reported.trial.pairs > 0
    if reported.reason == ReasonCode.SLOWER and measured and key not in refused:
        return 0.0
    return policy.slow_refusal_s if reported.reason in MEASURED else policy.refusal_s
