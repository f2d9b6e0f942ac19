"""A chain always has all its links, and says what is not known."""

from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.explaining.evidence import (
    Answered,
    Built,
    Decided,
    Evidence,
    Made,
    Ordered,
    Signed,
    Standing,
)
from lamplighter_controller.domain.explaining.limits import Limit
from lamplighter_controller.domain.explaining.links import chain
from lamplighter_wire.messages import OperatingPoint, Reported, Telemetry, Transfer, Trial

NAMES = [
    "telemetry",
    "rule",
    "limits",
    "plan",
    "approver",
    "recipe",
    "build",
    "signature",
    "bytes",
    "trial",
    "serving",
]
REPORTED = Reported(
    transfer=Transfer(bytes_received=1_500_000, chunks_received=23, duplicates=2),
    trial=Trial(pairs=30, ratio=0.93, ratio_low=0.9, ratio_high=0.96),
    golden_f1=0.998,
)
ORDERED = Ordered(4, 1000.0, "full-int8", "committed", "", REPORTED)
WINDOW = Telemetry(start=900.0, seconds=10.0, serving=OperatingPoint(variant="full-int8"))
DOCUMENT = {
    "reasons": ["regime day", "20 of 20 points keep every limit"],
    "alternatives": [{}, {}],
    "primary": {"predicted": {"latency_p95_ms": 37.0, "energy_mj_per_frame": 94.0}},
    "answer": {"verdict": {"why": "accuracy", "gain": 0.031, "unit": "AP50"}},
}
WHOLE = {
    "limits": (Limit("p95", 50.0, "policy of group:gates"),),
    "decided": Decided(12, 990.0, "shift", "full-int8", DOCUMENT),
    "answered": Answered("shift", 980.0, "cached", (), {"detected": 3.1}),
    "before": WINDOW,
    "served": WINDOW,
    "standing": (Standing("rollout june of nanodet,", "", "ops", "chief"),),
    "made": Made("full-int8", "int8-full", "nanodet", "ab12", "int8", "renders", {"torch": "2.8"}),
    "built": Built(950.0, 12.5, "j1"),
    "signed": Signed("9e981e8a38d950e2", "0abc", is_valid=True, chunks=34, size_bytes=3_900_000),
}


def test_a_plan_says_what_its_accuracy_rests_on() -> None:
    figures = {"latency_p95_ms": 37.0, "energy_mj_per_frame": 94.0, "expected_ap50": 0.614}
    basis = {"ap50_basis": "this camera, by heights"}
    document = {"primary": {"predicted": figures | basis}}
    said = words(decided=Decided(12, 990.0, "shift", "full-int8", document))
    assert said["plan"].endswith(
        "mJ/frame predicted; AP50 0.61 expected for this camera, by heights"
    )


def words(**known: object) -> dict[str, str]:
    evidence = Evidence("cam-1", 2000.0, ordered=ORDERED, history_days=90, **known)  # type: ignore[arg-type]
    return {link.name: link.text for link in chain(evidence)}


def test_the_whole_chain() -> None:
    said = words(**WHOLE)
    assert list(said) == NAMES
    assert said["rule"] == (
        "because its street has changed; answers a shift by cached; detected after 3.1 s;"
        " switch rule: accuracy, gain 0.031 AP50"
    )
    assert said["limits"] == "as of now: p95 50 ms (policy of group:gates)"
    assert said["plan"].startswith("plan 12: full-int8; p95 37 ms and 94 mJ/frame predicted; 2 alt")
    assert said["approver"] == "rollout june of nanodet, made by ops, approved by chief"
    assert "recipe int8-full of nanodet@ab12, int8" in said["recipe"]
    assert said["build"] == "built 1970-01-01 00:15:50 UTC in 12.5 s (job j1)"
    assert "9e981e8a38d9 signed by key 0abc: valid, checked just now" in said["signature"]
    assert said["bytes"] == "1.50 MB received in 23 chunks, 2 of them twice"
    assert "F1 0.998; 30 pairs, latency 0.93 (0.90 to 0.96) of what served" in said["trial"]
    assert said["serving"].startswith("revision 4 committed, ordered 1970-01-01 00:16:40 UTC")


def test_a_first_trial_is_compared_with_nothing() -> None:
    reported = ORDERED.reported
    assert reported is not None and reported.trial is not None
    alone = msgspec.structs.replace(reported.trial, ratio=0.0, ratio_low=0.0, ratio_high=0.0)
    first = replace(ORDERED, reported=msgspec.structs.replace(reported, trial=alone))
    links = {link.name: link.text for link in chain(Evidence("cam-1", 2000.0, ordered=first))}
    assert "30 frames by itself, as nothing served to compare it with" in links["trial"]


@given(st.sets(st.sampled_from(sorted(WHOLE))))
def test_what_is_missing_is_said_and_nothing_else(missing: set[str]) -> None:
    given_ = {name: value for name, value in WHOLE.items() if name not in missing}
    evidence = Evidence("cam-1", 2000.0, ordered=ORDERED, history_days=90, **given_)  # type: ignore[arg-type]
    links = {link.name: link for link in chain(evidence)}
    assert list(links) == NAMES
    needs = {
        "telemetry": "before",
        "rule": "decided",
        "plan": "decided",
        "recipe": "made",
        "build": "built",
        "signature": "signed",
        "serving": "served",
    }
    for name, source in needs.items():
        assert links[name].is_known is (source not in missing), name
    unknown = [link for link in links.values() if not link.is_known]
    assert all("not" in link.text or "no longer" in link.text for link in unknown)


def test_who_never_committed_is_told_what_was_tried() -> None:
    refused = Ordered(1, 5.0, "full", "rejected", "OOM")
    (link,) = chain(Evidence("cam-1", 2000.0, later=(refused,)))
    assert not link.is_known
    assert link.text.endswith("; revision 1 of full refused: its memory is too small")


def test_a_wrong_signature_and_a_step_on_the_ladder_stand_out() -> None:
    wrong = Signed("9e98", "0abc", is_valid=False)
    stepped = msgspec.structs.replace(WINDOW, serving=OperatingPoint(variant="p50"))
    said = words(**{**WHOLE, "signed": wrong, "served": stepped})
    assert "NOT valid" in said["signature"]
    assert "it had stepped on its ladder to" in said["serving"] and "p50@384x288" in said["serving"]


def test_nobody_stands_for_what_the_controller_decides() -> None:
    assert words()["approver"].startswith("nobody was asked")
