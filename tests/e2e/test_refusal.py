"""Do no harm: a planner that cannot see the probe sends int8 to a device where int8 is slower.

The set-up leaves noise no say. int8 is told to be less accurate than its float parent, so it is
chosen only where the parent breaks a limit. The device's limit of latency is such that the full
network keeps it if int8 is worth what vendors promise, and breaks it far and wide as it really runs
here, as float between conversions.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from lamplighter_demo.devices import TimeProfile

from tests.e2e.running_city import FIRST_VARIANT_S, PROFILE, Json, Running

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.torch]
DEVICE = "cam-noint8"
NOTE = "planned blind"
# Nothing keeps it: no plan is made before the device's own limit is known.
HOLD_MS = 0.001
# Of the latency that is promised of int8, which takes 2.2 times the promise here: noise would have
# to move one of them by a third to be taken for the other.
LIMIT = 1.3
FAR_OFF = 1.3


@pytest.fixture(scope="module")
def int8_ap50_loss() -> dict[str, float]:
    """Full: more than what counts as equal, less than a larger picture gains. Pruned: no use."""
    return {"nanodet-full": 0.01, "nanodet-p50": 0.3}


@pytest.fixture(scope="module")
def profile() -> TimeProfile:
    """So few frames that even on a busy machine every network keeps up with them."""
    return replace(PROFILE, fps_floor=2.0, fps_cap=2.0, probation_frames=4)


@pytest.fixture(scope="module")
def device(running: Running) -> Iterator[Json]:
    """The device once its normal plan within the limit is carried out."""
    _give_limit(running, HOLD_MS)
    agent = running.start(DEVICE)
    running.eventually(lambda: running.get(f"/devices/{DEVICE}")["probe"], "the probe")
    yield _within_limit(running)
    agent.stop()


def _within_limit(running: Running) -> Json:
    """The device settled under a limit that the full network keeps if int8 is worth its promise.

    A trial teaches the planner how fast the device is just now, and that moves the promise.
    """
    for _ in range(3):
        promised = predictions(running, _blind(running), "int8-full")["512x384"]
        _give_limit(running, LIMIT * promised["latency_p95_ms"])
        settled = running.settled(DEVICE)
        if (_blind(running)["primary"] or {}).get("recipe") == "int8-full":
            break
    return settled


def _give_limit(running: Running, latency_p95_ms: float) -> None:
    objective = {"latency_p95_ms": latency_p95_ms}
    running.post(f"/devices/{DEVICE}/label", {"objective": objective})


def _blind(running: Running) -> Json:
    """What a planner that cannot see the probe would do."""
    return dict(running.post(f"/devices/{DEVICE}/plan", {"use_probe": False, "dry_run": True}))


def precision(running: Running, variant: str) -> str:
    return next(v["precision"] for v in running.get("/variants") if v["id"] == variant)


def predictions(running: Running, plan: Json, recipe: str) -> dict[str, Json]:
    """What a plan predicts of a recipe by size, chosen or turned down."""
    names = {v["id"] for v in running.get("/variants") if v["recipe"] == recipe}
    points = [a for a in plan["alternatives"] if a["predicted"]]
    if plan["primary"] is not None:
        points.append(plan["primary"] | {"size": _size(plan["primary"]["point"])})
    return {p["size"]: p["predicted"] for p in points if p["variant"] in names}


def _size(point: Json) -> str:
    return f"{point['width']}x{point['height']}"


def test_a_blind_plan_is_refused_on_the_device(running: Running, device: Json) -> None:
    incumbent = device["reported"]["serving"]
    assert precision(running, incumbent["variant"]) == "fp32"

    plan = running.post(f"/devices/{DEVICE}/plan", {"use_probe": False, "injected": NOTE})
    candidate = plan["primary"]["variant"]
    assert precision(running, candidate) == "int8"
    assert plan["deploy"]

    ended = _end_of(running)
    assert ended["variant"] == candidate
    assert ended["outcome"] == "rejected"
    assert ended["reason"] in ("SLOWER", "OVER_BUDGET")
    assert ended["reported"]["hint"]
    assert ended["reported"]["serving"]["variant"] == incumbent["variant"]
    served = {f["variant"] for f in running.frames(DEVICE)}
    assert candidate not in served, "not one frame was served by it"

    _slower_than_promised(running, plan, ended["reported"]["trial"], incumbent)
    _learned(running, plan)
    frames = len(running.frames(DEVICE))
    running.eventually(lambda: len(running.frames(DEVICE)) > frames + 4, "it goes on serving")
    assert running.frames(DEVICE)[-1]["variant"] == incumbent["variant"]


def _end_of(running: Running) -> Json:
    """The deployment of the blind plan once the device has judged it."""

    def judged() -> Json | None:
        all_of_them = running.get(f"/devices/{DEVICE}/deployments")
        ended = [d for d in all_of_them if d["injected"] == NOTE and d["outcome"]]
        return dict(ended[0]) if ended else None

    found: Json = running.eventually(judged, "the device judges the blind plan", FIRST_VARIANT_S)
    return found


def _slower_than_promised(running: Running, plan: Json, trial: Json, incumbent: Json) -> None:
    """Refused for a real reason: by pairs on the same frames, which no load can favour."""
    assert trial["pairs"] >= 8
    recipes = {v["id"]: v["recipe"] for v in running.get("/variants")}
    served = predictions(running, plan, recipes[incumbent["variant"]])[_size(incumbent)]
    promised = plan["primary"]["predicted"]["latency_p50_ms"] / served["latency_p50_ms"]
    assert trial["ratio"] > FAR_OFF * promised


def _learned(running: Running, blind: Json) -> None:
    """The refusal corrected the predictor: even a blind plan no longer believes in int8 here."""
    again = _blind(running)
    recipe = blind["primary"]["recipe"]
    before, after = (predictions(running, plan, recipe) for plan in (blind, again))
    other_sizes = before.keys() & after.keys()
    assert other_sizes
    for size in other_sizes:
        expected_ms = before[size]["latency_p50_ms"]
        assert after[size]["latency_p50_ms"] > FAR_OFF * expected_ms, (size, before, after)
    assert again["primary"]["recipe"] != recipe or not again["deploy"]
