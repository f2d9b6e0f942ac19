"""Do no harm: a device whose probe promises too much of int8 refuses the int8 it is then sent.

The probe it keeps is doctored: its int8 entries promise what vendors promise.

The set-up leaves noise no say. int8 is told to be less accurate than its float parent, so it is
chosen only where the parent breaks a limit. The device's limit of latency is such that the full
network keeps it if int8 is worth what vendors promise, and breaks it far and wide as it really runs
here, as float between conversions.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lamplighter_demo.city.devices import TimeProfile

from tests.e2e.running_city import FIRST_VARIANT_S, PROFILE, Json, Running

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.torch]
DEVICE = "cam-noint8"
# What vendors promise of int8, against fp32.
PROMISED_SPEEDUP = 2.5
# Nothing keeps it: no plan is made before the device's own limit is known.
HOLD_MS = 0.001
# Of the float latency over the promised speed-up, which leaves out the work around the network:
# with that the promise keeps the limit by a fifth, and what really runs breaks it by two thirds.
LIMIT = 1.45
FAR_OFF = 1.3
# The limit stands once the planner's mind about the float latency moves by no more.
STEADY = 0.1
# The promise keeps a limit that is moved by this much; a plan that changes nothing waits so long.
ROOM, PATIENCE_S = 1.2, 15.0
FULL_INT8 = ("int8-full", "cluster-int8-full")
FULL_FLOAT = ("fp32-full", "cluster-full")  # they compute alike: a plan looks at one of them


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
    float_ms = _full_float_ms(running, _what_would_be(running))
    for _ in range(4):
        _give_limit(running, LIMIT * float_ms / PROMISED_SPEEDUP)
        settled = running.settled(DEVICE)
        before_ms, plan = float_ms, _what_would_be(running)
        float_ms = _full_float_ms(running, plan)
        if not plan["deploy"] and abs(float_ms / before_ms - 1) < STEADY:
            break
    return settled


def _full_float_ms(running: Running, plan: Json) -> float:
    found = predictions(running, plan, *FULL_FLOAT)["512x384"]
    return float(found["latency_p95_ms"])


def _what_would_be(running: Running) -> Json:
    """Its plan, once the workshop is ready to say so."""

    def plan() -> Json:
        return dict(running.post(f"/devices/{DEVICE}/plan", {"dry_run": True}))

    found: Json = running.eventually(plan, "a plan", FIRST_VARIANT_S)
    return found


def _doctor_probe(running: Running) -> None:
    """Switch the device off, let its kept probe promise the usual of int8, switch it on again."""
    agent = running.city.agents[DEVICE]
    agent.stop()
    path = agent.state_dir / "probe.json"
    kept = json.loads(path.read_text())
    entries = {entry["name"]: entry for entry in kept["probe"]["entries"]}
    for name, entry in entries.items():
        dense = entries.get(name.replace("int8", "fp32"))
        if "int8" in name and dense is not None:
            _promise(entry, dense)
    path.write_text(json.dumps(kept))
    agent.start()


def _promise(int8: Json, fp32: Json) -> None:
    for figure in ("latency_p50_ms", "latency_p95_ms"):
        per_mmac = fp32[figure] / fp32["work_mmac"]
        int8[figure] = per_mmac * int8["work_mmac"] / PROMISED_SPEEDUP


def _give_limit(running: Running, latency_p95_ms: float) -> None:
    objective = {"latency_p95_ms": latency_p95_ms}
    running.post(f"/devices/{DEVICE}/label", {"objective": objective})


def precision(running: Running, variant: str) -> str:
    return next(v["precision"] for v in running.get("/variants") if v["id"] == variant)


def predictions(running: Running, plan: Json, *recipes: str) -> dict[str, Json]:
    """What a plan predicts of recipes by size, chosen or turned down."""
    names = {v["id"] for v in running.get("/variants") if v["recipe"] in recipes}
    points = [a for a in plan["alternatives"] if a["predicted"]]
    if plan["primary"] is not None:
        points.append(plan["primary"] | {"size": _size(plan["primary"]["point"])})
    return {p["size"]: p["predicted"] for p in points if p["variant"] in names}


def _size(point: Json) -> str:
    return f"{point['width']}x{point['height']}"


def test_what_a_doctored_probe_promises_is_refused_on_the_device(
    running: Running, device: Json
) -> None:
    incumbent = device["reported"]["serving"]
    assert precision(running, incumbent["variant"]) == "fp32"

    _doctor_probe(running)
    ended = _end_of(running, device["revision"])
    assert precision(running, ended["variant"]) == "int8"
    assert ended["outcome"] == "rejected"
    assert ended["reason"] in ("SLOWER", "OVER_BUDGET")
    assert ended["reported"]["hint"]
    assert ended["reported"]["serving"]["variant"] == incumbent["variant"]
    served = {f["variant"] for f in running.frames(DEVICE)}
    assert ended["variant"] not in served, "not one frame was served by it"

    plans = running.get(f"/devices/{DEVICE}/plans")
    plan = next(p["document"] for p in plans if p["id"] == ended["plan"])
    _slower_than_promised(running, plan, ended["reported"]["trial"], incumbent)
    _learned(running, plan)
    frames = len(running.frames(DEVICE))
    running.eventually(lambda: len(running.frames(DEVICE)) > frames + 4, "it goes on serving")
    assert running.frames(DEVICE)[-1]["variant"] == incumbent["variant"]


def _end_of(running: Running, before: int) -> Json:
    """The deployment of the new plan once the device has judged it."""
    again_at = time.monotonic() + PATIENCE_S

    def judged() -> Json | None:
        nonlocal again_at
        deployments = running.get(f"/devices/{DEVICE}/deployments")
        newer = [d for d in deployments if d["revision"] > before]
        if not newer and time.monotonic() > again_at:
            _fit_limit(running)
            again_at = time.monotonic() + PATIENCE_S
        ended = [d for d in newer if d["outcome"]]
        return dict(ended[-1]) if ended else None

    first: Json = running.eventually(judged, "the device judges the new plan", FIRST_VARIANT_S)
    return first


def _fit_limit(running: Running) -> None:
    """Other work on this machine has moved what the planner thinks: the limit moves with it."""
    plan = _what_would_be(running)
    promised_ms = predictions(running, plan, *FULL_INT8)["512x384"]["latency_p95_ms"]
    float_ms = _full_float_ms(running, plan)
    _give_limit(running, min(ROOM * promised_ms, float_ms / FAR_OFF))


def _slower_than_promised(running: Running, plan: Json, trial: Json, incumbent: Json) -> None:
    """Refused for a real reason: by pairs on the same frames, which no load can favour."""
    assert trial["pairs"] >= 8
    recipes = {v["id"]: v["recipe"] for v in running.get("/variants")}
    served = predictions(running, plan, recipes[incumbent["variant"]])[_size(incumbent)]
    promised = plan["primary"]["predicted"]["latency_p50_ms"] / served["latency_p50_ms"]
    assert trial["ratio"] > FAR_OFF * promised


def _learned(running: Running, plan: Json) -> None:
    """The refusal corrected the predictor: it no longer believes in int8 here."""
    again = running.post(f"/devices/{DEVICE}/plan", {"dry_run": True})
    recipe = plan["primary"]["recipe"]
    before, after = (predictions(running, p, recipe) for p in (plan, again))
    other_sizes = before.keys() & after.keys()
    assert other_sizes
    for size in other_sizes:
        expected_ms = before[size]["latency_p50_ms"]
        assert after[size]["latency_p50_ms"] > FAR_OFF * expected_ms, (size, before, after)
    assert (again["primary"] or {}).get("recipe") != recipe or not again["deploy"]
