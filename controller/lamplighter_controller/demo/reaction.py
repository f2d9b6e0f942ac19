"""`lamplighter bench recompression`: from a changed street to a newly built variant in service.

Each run has a controller of its own, whose workshop is warm but has built nothing for the change,
and one device. The device serves a night without traffic; at a known moment its camera shows fast
traffic by day, which its model cannot keep up with. Clocks are given from that cut, and from the
moment at which the device noticed.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_controller.demo.agents import DemoAgent
from lamplighter_controller.demo.city import DemoDevice, TimeProfile
from lamplighter_controller.demo.director import City, close_city, enrol, start_city
from lamplighter_controller.demo.envelopes import Envelope

Json = dict[str, Any]
Say = Callable[[str], None]
CAMERA = "south-arm"
# Stretches of clips in which next to nothing moves, and in which fast vehicles come all the time.
SLOW, SLOW_BEGINS_S, SLOW_S, SLOW_TIMES = "night", 14.5, 7.5, 6
FAST, FAST_BEGINS_S, FAST_TIMES = "midday-rain", 35.0, 8
PATIENCE_S = 60.0
POLL_S = 0.1
CLOCKS = ("detected", "built", "delivered", "serving")
# Quotas at which the full network keeps up with the slow street but not with the fast one; on half
# of the devices int8 does not pay.
NO_INT8 = {"session.disable_quant_qdq": "1"}
ENVELOPES = (
    Envelope(cpu_quota_cores=0.5, session_config=NO_INT8),
    Envelope(cpu_quota_cores=0.22),
    Envelope(cpu_quota_cores=0.54, session_config=NO_INT8),
    Envelope(cpu_quota_cores=0.24),
)


def bench_recompression(folder: Path, clips: Path, runs: int, say: Say) -> Json:
    """p50 and p95 over the runs that took a build, each run's clocks, and what else happened."""
    shutil.rmtree(folder, ignore_errors=True)
    rows = []
    for number in range(runs):
        rows.append(_run(folder / f"{number:02d}", clips, number))
        say(f"run {number + 1} of {runs}: {rows[-1]}")
    rebuilt = [row for row in rows if row["kind"] == "rebuilt" and row["serving"] is not None]
    return {
        "runs": rows,
        "rebuilt": len(rebuilt),
        "from_cut": percentiles([row["serving"] for row in rebuilt]),
        "from_detection": percentiles([row["serving"] - row["detected"] for row in rebuilt]),
    }


def _run(folder: Path, clips: Path, number: int) -> Json:
    envelope = ENVELOPES[number % len(ENVELOPES)]
    device = DemoDevice(f"lamp-{number:02d}", "one device", CAMERA, envelope)
    city = start_city(folder, clips, TimeProfile(), (device,), lambda _text: None)
    try:
        city.api.get("/variants")  # waits until the workshop is warm
        enrol(city, lambda _text: None)
        return _answer(city, city.agents[device.id])
    finally:
        close_city(city)


def _answer(city: City, agent: DemoAgent) -> Json:
    """Start the device, cut its footage, and wait for what is served in answer."""
    start_at = time.time()
    cut_at = start_at + SLOW_TIMES * SLOW_S
    _write_playlist(city, start_at)
    agent.start()
    time.sleep(cut_at - time.time())
    before = _serving(city, agent.device.id)
    answers = _answers_since(city, cut_at)
    final = newest_answer(answers)
    row: Json = {
        "quota_cores": agent.device.envelope.cpu_quota_cores,
        "int8_pays": not agent.device.envelope.session_config,
        "before": before,
        "after": _serving(city, agent.device.id),
        "kind": final["kind"] if final else "none",
        "refused": sum(answer["outcome"] == "rejected" for answer in answers),
        "bytes_sent": final["bytes_sent"] if final else 0,
    }
    return row | {name: clock_of(final, name, cut_at) for name in CLOCKS}


def _write_playlist(city: City, start_at: float) -> None:
    def item(phase: str, **more: float) -> Json:
        clip = (city.clips / f"{CAMERA}-{phase}.mp4").resolve()
        return {"clip": str(clip), "phase": phase, **more}

    items = [item(SLOW, begin=SLOW_BEGINS_S, seconds=SLOW_S) for _ in range(SLOW_TIMES)]
    items.append(item(FAST, begin=FAST_BEGINS_S, repeat=FAST_TIMES))
    document = {"items": items, "start_at": start_at, "loop": True}
    (city.folder / f"{CAMERA}.playlist.json").write_text(json.dumps(document))


def _answers_since(city: City, cut_at: float) -> list[Json]:
    """Answers to the cut by model: waits until one that was built serves, or patience ends."""
    deadline = time.time() + PATIENCE_S
    while True:
        found = [
            entry
            for entry in city.api.get("/recompressions")
            if entry["began_at"] + entry["seconds"].get("detected", 0.0) >= cut_at
            and entry["from_variant"] != entry["to_variant"]
            and entry["to_variant"]
        ]
        served = any(e["kind"] == "rebuilt" and "serving" in e["seconds"] for e in found)
        if served or time.time() > deadline:
            return [e for e in found if e["kind"] == "rebuilt"] or found
        time.sleep(POLL_S)


def newest_answer(answers: list[Json]) -> Json | None:
    """The last answer that serves, else the last one; None without any."""
    return max(reversed(answers), key=lambda a: "serving" in a["seconds"], default=None)


def clock_of(answer: Json | None, name: str, cut_at: float) -> float | None:
    """Seconds from the cut."""
    if answer is None or name not in answer["seconds"]:
        return None
    return round(float(answer["began_at"] + answer["seconds"][name] - cut_at), 2)


def _serving(city: City, device: str) -> str:
    reported = city.api.get(f"/devices/{device}").get("reported") or {}
    point = reported.get("serving") or {}
    return f"{point.get('variant', '')}@{point.get('width', 0)}x{point.get('height', 0)}"


def percentiles(seconds: list[float]) -> Json:
    if not seconds:
        return {}
    return {f"p{q}_s": round(float(np.percentile(seconds, q)), 2) for q in (50, 95)}
