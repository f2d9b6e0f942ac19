"""How simulated devices work and what they say to orders: nominally, or by what networks cost."""

import random
from collections.abc import Iterable
from typing import Protocol

from lamplighter_client.documents import Variant
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.sizes import size_key

from lamplighter_demo.simulation.mix import WORK_MMAC, Kind

NOMINAL_PROBES = 4
JITTER = (0.95, 1.05)
DEPTHWISE_COST = 3.0  # of a multiplication there beside one of a dense layer, as in `mix`


class Conduct(Protocol):
    """Of one simulated device."""

    def latency_ms(self, point: OperatingPoint) -> float | None:
        """Of a frame; None: it is not known yet what that costs, and no window is sent."""

    def refusal(self, variant: str) -> str:
        """Why it does not take an order of a variant (`ReasonCode`); empty: it takes it."""


class Nominal:
    """As quick with any network, and content with every order."""

    def __init__(self, kind: Kind) -> None:
        self._latency_ms = NOMINAL_PROBES * kind.fp32_ms

    def latency_ms(self, _point: OperatingPoint) -> float | None:
        """The same of all, give or take a tenth."""
        return self._latency_ms * random.uniform(0.9, 1.1)  # noqa: S311 - no secret

    def refusal(self, _variant: str) -> str:
        """Never."""
        return ""


class Costs:
    """What variants cost; shared by a fleet, and read again when one is met that is new."""

    def __init__(self) -> None:
        self._variants: dict[str, Variant] = {}
        self.unknown: set[str] = set()  # that were asked for

    def learn(self, variants: Iterable[Variant]) -> None:
        """What the controller knows of variants now."""
        self._variants |= {variant.id: variant for variant in variants}
        self.unknown -= self._variants.keys()

    def work_mmac(self, point: OperatingPoint) -> float | None:
        """Of a frame, in dense multiplications; None: not known yet."""
        variant, size = self._variants.get(point.variant), size_key(point.width, point.height)
        if variant is None or size not in variant.mmac:
            self.unknown |= {point.variant} - {""}
            return None
        depthwise = min(variant.mmac[size], variant.depthwise_mmac.get(size, 0.0))
        return variant.mmac[size] + (DEPTHWISE_COST - 1) * depthwise

    def precision(self, variant: str) -> str:
        """Of one that is known."""
        return self._variants[variant].precision


class ByCost:
    """As quick as its kind computes what a network asks for.

    Args:
        refused: variants that it has no memory for, by their ids.
    """

    def __init__(self, kind: Kind, costs: Costs, refused: Iterable[str] = ()) -> None:
        self._kind, self._costs, self._refused = kind, costs, frozenset(refused)

    def latency_ms(self, point: OperatingPoint) -> float | None:
        """By work, precision and share of a core, give or take a twentieth."""
        work_mmac = self._costs.work_mmac(point)
        if work_mmac is None:
            return None
        is_int8 = self._costs.precision(point.variant) == "int8"
        rate_ms = self._kind.int8_ms if is_int8 else self._kind.fp32_ms
        core = min(1.0, self._kind.quota_cores) or 1.0
        return rate_ms * work_mmac / WORK_MMAC / core * random.uniform(*JITTER)  # noqa: S311

    def refusal(self, variant: str) -> str:
        """Of those that do not fit it."""
        return ReasonCode.OOM if variant in self._refused else ""
