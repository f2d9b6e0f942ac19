"""What actions ask for, without a controller."""

import msgspec
import pytest
from lamplighter_client.documents import Device, Rollout
from lamplighter_dashboard.actions import device_actions
from lamplighter_dashboard.actions.proposal import NotYetError
from lamplighter_dashboard.actions.rolling_out.rollout_actions import step


def device(**objective: float) -> Device:
    return Device(id="cam-1", objective=objective)


def asked(device: Device, **given: str) -> dict[str, float]:
    draft = device_actions.limits(device)
    prefilled = {field.name: field.value for field in draft.fields}
    (request,) = draft.build(prefilled | given).requests
    return msgspec.to_builtins(request.body)["objective"]


def test_a_limit_that_is_not_asked_for_stays_as_it_is() -> None:
    now = device(latency_p95_ms=60.0, memory_bytes=3e8)
    assert asked(now, latency_p95_ms="80") == {"latency_p95_ms": 80.0, "memory_bytes": 3e8}


def test_nothing_gives_a_limit_back_to_the_controller_and_zero_lifts_it() -> None:
    now = device(latency_p95_ms=60.0, power_w=4.0)
    assert asked(now, latency_p95_ms="") == {"power_w": 4.0}
    assert asked(now, power_w="0") == {"latency_p95_ms": 60.0, "power_w": 0.0}


@pytest.mark.parametrize("text", ["-1", "fast", "inf", "nan"])
def test_what_is_no_limit_is_not_sent(text: str) -> None:
    with pytest.raises(NotYetError, match="write a number, 0, or nothing"):
        asked(device(), power_w=text)


@pytest.mark.parametrize(
    "value", ["main street", 'the "old" bridge', "O'Brien", "a\\b", "", " ", "x=y", "plain"]
)
def test_labels_come_back_as_they_are_shown(value: str) -> None:
    """What is prefilled is taken as it is, and another site changes no label."""
    draft = device_actions.label([Device(id="cam-1", labels={"note": value, "lens": "wide"})])
    prefilled = {field.name: field.value for field in draft.fields}
    (request,) = draft.build(prefilled | {"site": "north"}).requests
    sent = msgspec.to_builtins(request.body)
    assert (sent["site"], sent["labels"]) == ("north", {"note": value, "lens": "wide"})


def test_a_quotation_mark_without_its_end_is_said() -> None:
    draft = device_actions.label([Device(id="cam-1")])
    with pytest.raises(NotYetError, match="is not ended"):
        draft.build({"labels": 'note="main street'})


def test_what_is_as_before_is_not_sent() -> None:
    with pytest.raises(NotYetError, match="nothing is changed"):
        asked(device(latency_p95_ms=60.0))


def test_a_step_is_of_the_rollout_that_was_shown() -> None:
    (request,) = step(Rollout(name="r", state="draft", version=3)).build({"verb": "end"}).requests
    assert request.version == 3


@pytest.mark.parametrize(("state", "verb"), [("draft", "resume"), ("ended", "start"), ("", "end")])
def test_a_step_that_the_state_does_not_let_through_is_not_proposed(state: str, verb: str) -> None:
    with pytest.raises(NotYetError, match="write one of"):
        step(Rollout(name="r", state=state)).build({"verb": verb})


def test_several_devices_keep_the_labels_that_are_not_written() -> None:
    north = Device(id="cam-1", site="north", labels={"side": "east", "old": "1"})
    south = Device(id="cam-2", site="south", labels={"pilot": "yes"})
    draft = device_actions.label([north, south])
    assert [field.value for field in draft.fields] == ["", ""]
    proposal = draft.build({"site": "", "labels": "year=2026 old="})
    sent = [msgspec.to_builtins(request.body) for request in proposal.requests]
    assert [body["site"] for body in sent] == ["north", "south"]
    assert [body["labels"] for body in sent] == [
        {"side": "east", "year": "2026"},
        {"pilot": "yes", "year": "2026"},
    ]
    with pytest.raises(NotYetError, match="nothing is changed"):
        draft.build({"site": "", "labels": "gone="})
