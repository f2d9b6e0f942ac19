"""What a draft of a rollout asks for, and what it asks the controller before."""

from typing import Any

import msgspec
import pytest
from lamplighter_client.documents import ExcludedDevice, RolloutPreview, RolloutTarget
from lamplighter_dashboard.actions.proposal import Draft, NotYetError, Proposal
from lamplighter_dashboard.actions.rolling_out.drafting import (
    AGENT,
    MODEL,
    SETTINGS,
    Known,
    draft_rollout,
)
from lamplighter_dashboard.words.rolling_out.previews import preview_lines, waves_text

KNOWN = Known(groups=["north", "south"], targets=["int8-full"], rollouts=["june"])


def filled(draft: Draft, **given: str) -> Proposal:
    """`p95_ms` stands for the field "p95 ms"."""
    named = {name.replace("_pct", " %").replace("_", " "): text for name, text in given.items()}
    assert set(named) <= {field.name for field in draft.fields}
    return draft.build({field.name: field.value for field in draft.fields} | named)


def body(proposal: Proposal, number: int = -1) -> dict[str, Any]:
    return dict(msgspec.to_builtins(proposal.requests[number].body))


def test_a_model_with_a_limit_to_a_group() -> None:
    draft = draft_rollout(MODEL, KNOWN)
    proposal = filled(
        draft,
        name="july",
        to="north",
        target="int8-full",
        p95_ms="80",
        success_pct="95",
        watch="2m",
    )
    (request,) = proposal.requests
    assert (request.method, request.path) == ("POST", "/rollouts")
    sent = body(proposal)
    assert (sent["name"], sent["group"], sent["target"]) == ("july", "north", "int8-full")
    assert sent["objective"] == {"latency_p95_ms": 80.0}
    assert (sent["success_share"], sent["error_share"], sent["watch_s"]) == (0.95, 0.05, 120.0)
    assert "nothing is sent" in proposal.effects[0]
    assert "95 %" in proposal.effects[1]
    assert proposal.outlook is not None
    assert (proposal.outlook.request.path, proposal.outlook.request.body) == (
        "/rollouts/preview",
        request.body,
    ), "what is asked before is what is sent"


def test_a_query_is_kept_as_a_group_first() -> None:
    proposal = filled(draft_rollout(MODEL, KNOWN, "site=west"), name="july", target="int8-full")
    assert [request.path for request in proposal.requests] == ["/groups", "/rollouts"]
    assert (body(proposal, 0)["query"], body(proposal)["group"]) == ("site=west", "july")
    assert proposal.outlook is not None
    assert proposal.outlook.request.path == "/groups/preview"


def test_settings_and_agents() -> None:
    draft = draft_rollout(SETTINGS, KNOWN)
    sent = body(filled(draft, name="slow", to="north", settings="fps_cap=8 telemetry_s=30"))
    assert {k: v for k, v in sent["settings"].items() if v is not None} == {
        "fps_cap": 8.0,
        "telemetry_s": 30.0,
    }
    agents = filled(draft_rollout(AGENT, KNOWN), name="new", to="south", version="1.4.0")
    assert body(agents)["agent_version"] == "1.4.0"


@pytest.mark.parametrize(
    ("order", "sent"),
    [
        ("turns", {}),  # what is usual is not sent
        ("sites", {"order": "sites"}),
        ("ring", {"order": "label", "order_label": "ring"}),
    ],
)
def test_sites_or_a_label_say_who_comes_sooner(order: str, sent: dict[str, str]) -> None:
    drafted = body(
        filled(
            draft_rollout(MODEL, KNOWN), name="july", to="north", target="int8-full", order=order
        )
    )
    assert {name: drafted[name] for name in ("order", "order_label") if name in drafted} == sent


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": ""}, "write its name"),
        ({"name": "June!"}, "use 1 to 40 of a-z"),
        ({"name": "june"}, "there is a rollout june already"),
        ({"to": ""}, "write a group, or a query"),
        ({"name": "south", "to": "site=west"}, "there is a group south already"),
        ({"target": ""}, "write a variant or a model"),
        ({"p95_ms": "fast"}, "p95 ms: write a number above 0"),
        ({"canaries": "1.5"}, "canaries: write a whole number, 0 to 100"),
        ({"success_pct": "101"}, "success %: write a number, 0 to 100"),
        ({"first": "0"}, "first: write a number"),
        ({"waves": "big"}, "waves: write exponential or fixed or percent"),
        ({"watch": "5 moons"}, "watch: '5 moons' is no duration"),
        ({"on_error": "stop"}, "on error: write pause or roll_back"),
    ],
)
def test_what_is_missing_or_wrong_is_named(given: dict[str, str], told: str) -> None:
    whole = {"name": "july", "to": "north", "target": "int8-full"} | given
    with pytest.raises(NotYetError, match=told.replace("(", r"\(")):
        filled(draft_rollout(MODEL, KNOWN), **whole)


@pytest.mark.parametrize(("text", "told"), [("fps", "write NAME=VALUE"), ("x=1", "no setting")])
def test_what_is_no_setting_is_not_sent(text: str, told: str) -> None:
    with pytest.raises(NotYetError, match=told):
        filled(draft_rollout(SETTINGS, KNOWN), name="slow", to="north", settings=text)


def test_a_preview_says_how_many_in_which_waves_and_who_is_left_out() -> None:
    held = "held by ops: cleaned"
    found = RolloutPreview(
        waves=[2, 5, 3],
        canaries=[RolloutTarget(device="cam-1"), RolloutTarget(device="cam-2")],
        skipped=[
            ExcludedDevice(device="cam-8", reasons=[held]),
            ExcludedDevice(device="cam-9", reasons=[held]),
        ],
    )
    assert preview_lines(found) == [
        "10 devices: 2 canaries, then waves of 5, 3.",
        "canaries: cam-1, cam-2",
        f"left out: cam-8, cam-9 (2): {held}",
    ]
    assert preview_lines(RolloutPreview())[0] == "▲ No device would come in."


@pytest.mark.parametrize(
    ("waves", "told"), [([1], "1 canary"), ([0, 4], "0 canaries, then a wave of 4")]
)
def test_waves_in_words(waves: list[int], told: str) -> None:
    assert waves_text(waves) == told
