"""`lamplighter bench recompression`: from a changed street to a newly built variant in service.

Each run has a controller of its own, whose workshop is warm but has built nothing for the change,
and one device. Its camera shows a street that waits at a red light; at a known moment the light is
green, and what drives off is too fast for the model that serves. The quota is set by this machine's
own probe, so that it is neither too fast nor too slow for that model. Clocks are given from that
moment, and from the one at which the device noticed.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Capabilities, Probe

from lamplighter_demo.agents import AGENT, DemoAgent
from lamplighter_demo.api import DemoError
from lamplighter_demo.devices import DemoDevice, TimeProfile
from lamplighter_demo.director import City, close_city, enrol, start_city
from lamplighter_demo.envelopes import Envelope

Json = dict[str, Any]
Say = Callable[[str], None]
Stretch = tuple[str, float, float, float, float]
# The plan for a new street asks for 5 frames/s with room for a quarter more, and so does this one
# while it waits: a p95 of 128 ms. What drives off in these clips, at twice its speed, asks for 9 to
# 15: a p95 of 53 to 89 ms. A quota spreads latencies, so that this median has a p95 between both.
FULL = "fp32-full"
FULL_P50_MS = 80.0
FULL_SIZE = (512, 384)
SPEED = 2
FPS_CAP = 15.0
CAMERA = "south-arm"
# phase, then where in its clip nothing moves for how long, and where it drives off (seconds).
STRETCHES = (("morning-rush", 13.0, 7.0, 38.0, 6.8), ("evening-rush", 12.0, 6.0, 24.0, 5.0))
WAIT_S = 26.0
PATIENCE_S = 40.0
POLL_S = 0.1
PROBES = 3
CLOCKS = ("detected", "built", "delivered", "serving")
# Where int8 pays, a smaller size of what serves is as quick as a smaller network: nothing is built.
NO_INT8 = {"session.disable_quant_qdq": "1"}


def bench_recompression(folder: Path, clips: Path, runs: int, say: Say) -> Json:
    """p50 and p95 over the runs that took a build, each run's clocks, and what else happened.

    A build that did not get into service counts as `unserved`, and is not in the percentiles.
    """
    shutil.rmtree(folder, ignore_errors=True)
    fast = faster_clips(clips, folder / "clips")
    rows = []
    for number in range(runs):
        rows.append(_run(folder / f"{number:02d}", fast, number))
        say(f"run {number + 1} of {runs}: {rows[-1]}")
    rebuilt = [row for row in rows if row["kind"] == "rebuilt"]
    served = [row for row in rebuilt if row["serving"] is not None]
    return {
        "runs": rows,
        "rebuilt": len(rebuilt),
        "unserved": len(rebuilt) - len(served),
        "from_change": percentiles([row["serving"] for row in served]),
        "from_detection": percentiles([row["serving"] - row["detected"] for row in served]),
    }


def _run(folder: Path, clips: Path, number: int) -> Json:
    name = f"lamp-{number:02d}"
    idle = DemoDevice(name, "one device", CAMERA, Envelope())
    profile = TimeProfile(fps_cap=FPS_CAP)
    city = start_city(folder, clips, profile, (idle,), lambda _text: None)
    try:
        envelope = Envelope(cpu_quota_cores=_fitting_quota(city), session_config=NO_INT8)
        device = replace(idle, envelope=envelope)
        agent = DemoAgent(device, folder / "agents" / name)
        city.devices, city.agents = (device,), {name: agent}
        enrol(city, lambda _text: None)
        return _answer(city, agent, STRETCHES[number % len(STRETCHES)])
    finally:
        close_city(city)


def _fitting_quota(city: City) -> float:
    """The CPU quota at which the full network takes FULL_P50_MS here."""
    # Reading the variants waits until the workshop is warm.
    specs = [_spec(entry) for entry in city.api.get("/variants") if entry["recipe"] == FULL]
    view = DeviceView("here", Capabilities(), _probe())
    p50_ms = Predictor().predict(view, specs[0], *FULL_SIZE).latency_p50_ms
    return round(p50_ms / FULL_P50_MS, 3)


def _spec(entry: Json) -> VariantSpec:
    names = ("id", "precision", "mmac", "depthwise_mmac", "extra_work")
    return VariantSpec(**{name: entry[name] for name in names})


def _probe() -> Probe:
    """This machine's own without any limit: the quickest of a few, for others only slow it."""
    return min((_probe_once() for _ in range(PROBES)), key=lambda p: p.entries[0].latency_p50_ms)


def _probe_once() -> Probe:
    done = subprocess.run([*AGENT, "probe", "--json"], capture_output=True, check=False)
    if done.returncode:
        raise DemoError(f"the probe failed: {done.stderr.decode(errors='replace')[-500:]}")
    return msgspec.json.decode(done.stdout, type=Probe)


def faster_clips(clips: Path, folder: Path, factor: int = SPEED) -> Path:
    """Copies of the clips in use that play faster: the same pictures with shorter times."""
    folder.mkdir(parents=True)
    for phase, *_ in STRETCHES:
        name = f"{CAMERA}-{phase}"
        _retimed(clips / f"{name}.mp4", folder / f"{name}.mp4", factor)
    for truth in clips.glob("*.truth.json.gz"):
        shutil.copy(truth, folder)
    return folder


def _retimed(source: Path, target: Path, factor: int) -> None:
    import av

    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None and packet.pts is not None:
                packet.pts, packet.dts = packet.pts // factor, packet.dts // factor
                packet.duration = packet.duration // factor if packet.duration else None
                packet.stream = copy
                made.mux(packet)


def _answer(city: City, agent: DemoAgent, stretch: Stretch) -> Json:
    """Start the device, change its street, and wait for what is served in answer."""
    start_at = time.time()
    change_at = start_at + _write_playlist(city, stretch, start_at)
    agent.start()
    time.sleep(change_at - time.time())
    before = _serving(city, agent.device.id)
    answers = _answers_since(city, change_at)
    final = newest_answer(answers)
    row: Json = {
        "quota_cores": agent.device.envelope.cpu_quota_cores,
        "before": before,
        "after": _serving(city, agent.device.id),
        "kind": final["kind"] if final else "none",
        "refused": sum(answer["outcome"] == Outcome.REJECTED for answer in answers),
        "bytes_sent": final["bytes_sent"] if final else 0,
    }
    return row | {name: clock_of(final, name, change_at) for name in CLOCKS}


def _write_playlist(city: City, stretch: Stretch, start_at: float) -> float:
    """Write it; the second at which the street changes."""
    phase, slow_at, slow_s, fast_at, fast_s = stretch
    clip = str((city.clips / f"{CAMERA}-{phase}.mp4").resolve())

    def items(light: str, begin: float, seconds: float, total_s: float) -> list[Json]:
        part = {"clip": clip, "phase": light, "begin": begin / SPEED, "seconds": seconds / SPEED}
        return [part] * max(1, round(total_s * SPEED / seconds))

    red = items("red", slow_at, slow_s, WAIT_S)
    green = items("green", fast_at, fast_s, PATIENCE_S + WAIT_S)
    document = {"items": red + green, "start_at": start_at, "loop": True}
    (city.folder / f"{CAMERA}.playlist.json").write_text(json.dumps(document))
    return float(len(red) * slow_s / SPEED)


def _answers_since(city: City, change_at: float) -> list[Json]:
    """Answers to the change by model: waits until one that was built serves, or patience ends."""
    deadline = time.time() + PATIENCE_S
    while True:
        found = [
            entry
            for entry in city.api.get("/recompressions")
            if entry["began_at"] + entry["seconds"].get("detected", 0.0) >= change_at
            and entry["from_variant"] != entry["to_variant"]
            and entry["to_variant"]
        ]
        served = any(e["kind"] == "rebuilt" and "serving" in e["seconds"] for e in found)
        if served or time.time() > deadline:
            return [e for e in found if e["kind"] == "rebuilt"] or found
        time.sleep(POLL_S)


def newest_answer(answers: Sequence[Json]) -> Json | None:
    """The last answer that serves, else the last one; None without any."""
    return max(reversed(answers), key=lambda a: "serving" in a["seconds"], default=None)


def clock_of(answer: Json | None, name: str, change_at: float) -> float | None:
    """Seconds from the change."""
    if answer is None or name not in answer["seconds"]:
        return None
    return round(float(answer["began_at"] + answer["seconds"][name] - change_at), 2)


def _serving(city: City, device: str) -> str:
    reported = city.api.get(f"/devices/{device}").get("reported") or {}
    point = reported.get("serving") or {}
    return f"{point.get('variant', '')}@{point.get('width', 0)}x{point.get('height', 0)}"


def percentiles(seconds: Sequence[float]) -> Json:
    if not seconds:
        return {}
    return {f"p{q}_s": round(float(np.percentile(seconds, q)), 2) for q in (50, 95)}
