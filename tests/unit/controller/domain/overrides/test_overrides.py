"""Which of several overrides count, and what a device may serve then."""

import pytest
from lamplighter_controller.domain.overrides.overrides import Override, OverrideKind, in_force

from tests.simulators.controller_rig import spec

NOW = 100.0
FULL, SMALL = spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.8, 300.0)


def override(number: int, kind: str, scope: str = "device:cam-1", **more: object) -> Override:
    return Override(id=number, kind=OverrideKind(kind), scope=scope, **more)  # type: ignore[arg-type]


def test_a_device_s_own_counts_before_its_groups_and_a_newer_before_an_older() -> None:
    of_group = override(3, "pin", "group:north", target="a")
    older, newer = override(1, "pin", target="b"), override(2, "pin", target="c")
    assert in_force([of_group, older, newer], NOW).pin == newer
    assert in_force([of_group], NOW).pin == of_group


def test_what_is_over_counts_no_more() -> None:
    ended = override(1, "hold", until=NOW)
    assert in_force([ended], NOW).hold is None
    assert in_force([ended], NOW - 1).hold == ended
    assert in_force([override(1, "hold")], NOW).hold, "0: until somebody ends it"


@pytest.mark.parametrize("target", ["p50-fp32", "nanodet"])
def test_a_pin_leaves_variants_of_its_target(target: str) -> None:
    counts = in_force([override(1, "pin", target=target)], NOW)
    left = [one.id for one in counts.offered([FULL, SMALL])]
    assert left == (["p50-fp32"] if target == "p50-fp32" else ["full-fp32", "p50-fp32"])


def test_a_version_of_a_model() -> None:
    (pin,) = (override(1, "pin", target="nanodet@abc"),)
    assert not pin.concerns(SMALL)
    assert override(1, "pin", target=f"nanodet@{SMALL.model_version}").concerns(SMALL)


def test_what_is_avoided_is_left_out_unless_pinned() -> None:
    avoid = override(1, "avoid", target="p50-fp32")
    assert [one.id for one in in_force([avoid], NOW).offered([FULL, SMALL])] == ["full-fp32"]
    both = in_force([avoid, override(2, "pin", target="p50-fp32")], NOW)
    assert [one.id for one in both.offered([FULL, SMALL])] == ["p50-fp32"]


def test_nothing_in_force_leaves_the_catalogue_itself() -> None:
    catalogue = [FULL, SMALL]
    assert in_force([override(1, "hold")], NOW).offered(catalogue) is catalogue


def test_a_newer_rollout_narrows_what_an_older_one_pins_to() -> None:
    june = override(0, "pin", target="nanodet")
    july = override(0, "avoid", target="full-fp32")
    waiting = in_force([july, june], NOW)
    assert [one.id for one in waiting.offered([FULL, SMALL])] == ["p50-fp32"]
    back = in_force([override(0, "pin", target="full-fp32"), july], NOW)
    assert [one.id for one in back.offered([FULL, SMALL])] == ["full-fp32"], "its own pin is first"
