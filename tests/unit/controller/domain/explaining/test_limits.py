"""Each limit names who has set it: the nearest that says something, or the device if tighter."""

from typing import Any

import msgspec
import pytest
from lamplighter_controller.domain.explaining.limits import SLOT, limits_of
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_wire.messages import Capabilities, Limits
from lamplighter_wire.rules.limits import latency_limit_ms

SOURCES = {"latency_p95_ms": "group:gates", "power_w": "fleet", "memory_bytes": "settings"}
BARE = msgspec.structs.replace(DEFAULTS, latency_p95_ms=0.0, power_w=0.0, memory_bytes=0)


def said(
    own: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    default: Objective | None = None,
    **capabilities: Any,
) -> list[str]:
    """What is said of all but the last, which is always there."""
    changed = msgspec.structs.replace(BARE, **(policy or {}))
    facts = Capabilities(**capabilities)
    found = limits_of(own or {}, changed, SOURCES, default or Objective(), facts)
    assert found.pop().name == SLOT
    return list(map(str, found))


def test_nobody_has_set_any() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("source", "by"),
    [
        ("default", "by default"),
        ("settings", "the controller's settings"),
        ("group:gates", "policy of group:gates"),
    ],
)
def test_latency_is_bound_by_the_time_that_a_frame_has(source: str, by: str) -> None:
    sources = SOURCES | {"slot_share": source}
    *_, slot = limits_of({}, BARE, sources, Objective(), Capabilities(), 5.0)
    assert str(slot) == f"p95 within 80 % of a frame's time, 160 ms at 5 frames/s ({by})"
    limit_ms = latency_limit_ms(Limits(), 5.0, BARE.slot_share)
    assert f" {limit_ms:.0f} ms" in str(slot), "as a breach is judged"
    *_, unknown = limits_of({}, BARE, sources, Objective(), Capabilities())
    assert str(unknown) == f"p95 within 80 % of a frame's time ({by})"


@pytest.mark.parametrize(
    ("own", "policy", "expected"),
    [
        ({}, {}, "p95 200 ms (the controller's settings)"),
        ({}, {"latency_p95_ms": 80.0}, "p95 80 ms (policy of group:gates)"),
        ({"latency_p95_ms": 90.0}, {"latency_p95_ms": 80.0}, "p95 90 ms (set for this device)"),
        ({"latency_p95_ms": None}, {"latency_p95_ms": 80.0}, "p95 80 ms (policy of group:gates)"),
    ],
)
def test_the_nearest_counts(own: dict[str, Any], policy: dict[str, Any], expected: str) -> None:
    assert said(own, policy, Objective(latency_p95_ms=200.0)) == [expected]


def test_none_for_a_device_ends_what_its_policy_says() -> None:
    assert said({"latency_p95_ms": 0.0}, {"latency_p95_ms": 80.0}) == []


def test_what_the_device_itself_has_counts_where_it_is_tighter() -> None:
    order = {"power_w": 8.0, "memory_bytes": 300_000_000}
    told = said({}, order, power_budget_w=5.0, memory_bytes=500_000_000)
    assert told == [
        "power 5 W (the device's owner, in its own settings)",
        "memory 300 MB (policy of settings)",
    ]
