"""What a rehearsal finds: kept with the rollout, to stand beside what became of it."""

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Of a figure over all runs: what it mostly is, and within which limits four of five lie."""

    middle: float = 0.0
    low: float = 0.0
    high: float = 0.0


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a rollout.

    Attributes:
        runs: so many were drawn.
        finishes: share of them that succeeded.
        stopped: why one of the others stopped.
        waves_at_s: when each wave begins, in the middle run.
        builds: variants that are built for it.
        unfit: device -> why nothing fits it.
    """

    runs: int = 0
    devices: int = 0
    finishes: float = 1.0
    stopped: str = ""
    seconds: Spread = Spread()
    received_bytes: Spread = Spread()
    failures: Spread = Spread()
    waves_at_s: list[float] = []
    builds: list[str] = []
    build_s: float = 0.0
    unfit: dict[str, str] = {}


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What devices are predicted to do then, beside now; None: nothing can be said.

    Attributes:
        devices: that both are known of; ratios and gain are medians over them.
        slower: devices whose p95 latency would grow by more than a fifth.
    """

    devices: int = 0
    latency_ratio: float | None = None
    energy_ratio: float | None = None
    accuracy_gain: float | None = None
    slower: int = 0


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What was expected of a rollout, and when that was reckoned."""

    at: float = 0.0
    forecast: Forecast = Forecast()
    effect: Effect = Effect()
