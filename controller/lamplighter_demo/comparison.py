"""How adapting compares with other policies on the same day, from what this run measured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_recipes.tasks.detection.average_precision import ap50, match
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.blobs import assemble
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Envelope, Limits, Manifest

from lamplighter_demo.agents import DemoAgent
from lamplighter_demo.collecting import Collected
from lamplighter_demo.director import City
from lamplighter_demo.footage import WARM_UP
from lamplighter_demo.policy_replay import DeviceTable, MeasuredPoint, ServedPoint, TimelineRow
from lamplighter_demo.scoring import SIZES, Model, point_key, truth_boxes

Json = dict[str, Any]
Measured = dict[str, dict[str, float]]
Scores = dict[str, dict[str, float]]
# What an operator without a planner would put everywhere.
FIXED_SIZE = (384, 288)
FIXED_FP32, FIXED_INT8 = "fp32-full", "int8-full"


def built_models(city: City, folder: Path, found: dict[str, Collected]) -> list[Model]:
    """All variants that were built in this run, as files that onnxruntime loads."""
    store = ArtifactStore(city.folder / "controller" / "artifacts")
    served = {_serving_key(w) for part in found.values() for w in part.telemetry if w["frames"]}
    return [
        _with_sizes(_unpack(store, entry, folder / entry["id"]), served)
        for entry in city.api.get("/variants")
        if entry.get("manifest")
    ]


def _with_sizes(model: Model, served: set[str]) -> Model:
    """The sizes worth comparing: the full network in floating point costs minutes to score, so of
    it only the fixed policy's size and what was really served."""
    if model.recipe != FIXED_FP32:
        return model
    sizes = [s for s in SIZES if s == FIXED_SIZE or point_key(model.variant, *s) in served]
    return replace(model, sizes=tuple(sizes))


def _unpack(store: ArtifactStore, entry: Json, folder: Path) -> Model:
    envelope = store.manifest(entry["manifest"])
    if envelope is None:
        raise BlobError(f"the manifest of {entry['id']} is not in the artifact store")
    manifest = msgspec.json.decode(decode(envelope, Envelope).payload, type=Manifest)

    def read(sha256: str) -> bytes:
        raw = store.read_chunk(sha256)
        if raw is None:
            raise BlobError(f"chunk {sha256} of {entry['id']} is not in the artifact store")
        return raw

    folder.mkdir(parents=True, exist_ok=True)
    assemble(manifest.parts, read, folder / "model.onnx", folder / "tensors.bin")
    return Model(
        variant=manifest.variant,
        recipe=manifest.recipe,
        precision=manifest.precision,
        path=folder / "model.onnx",
        expected_ap50=manifest.expected_ap50,
        memory_bytes=manifest.memory_bytes,
    )


def device_table(
    agent: DemoAgent,
    city: City,
    found: Collected,
    models: list[Model],
    measured: Measured,
    scores: Scores,
) -> DeviceTable:
    """The replay's input for one device."""
    points = _points(agent, models, measured, scores, found.telemetry)
    known = {point.key for point in points}
    adaptive = tuple(served for served in _served(found.telemetry) if served.key in known)
    limits = (found.plans[-1]["document"].get("limits") or {}) if found.plans else {}
    return DeviceTable(
        device=agent.device.id,
        rows=tuple(_rows(city, found.telemetry)),
        points=tuple(points),
        adaptive=adaptive,
        ladder=tuple(key for key in _first_ladder(found.plans) if key in known),
        limits=msgspec.convert(limits, Limits),
        idle_w=agent.device.envelope.idle_w,
        fp32_key=_key_of(models, FIXED_FP32, known),
        int8_key=_key_of(models, FIXED_INT8, known),
    )


def _points(
    agent: DemoAgent,
    models: list[Model],
    measured: Measured,
    scores: Scores,
    telemetry: list[Json],
) -> list[MeasuredPoint]:
    by_key = {point_key(m.variant, *_size(key)): m for m in models for key in m.expected_ap50}
    watts = agent.device.envelope.active_w_per_core
    energy_mj = {key: figures["cpu_s"] * watts * 1000 for key, figures in measured.items()}
    latency_ms = {key: figures["latency_p50_ms"] for key, figures in measured.items()}
    calm = [window for window in telemetry if not window["disturbed"]]
    overhead_ms = _beyond(telemetry, "latency_p50_ms", latency_ms)
    overhead_mj = _beyond(calm, "energy_mj_per_frame", energy_mj)
    return [
        MeasuredPoint(
            variant=by_key[key].variant,
            size=key.rpartition("@")[2],
            precision=by_key[key].precision,
            latency_p50_ms=figures["latency_p50_ms"] + overhead_ms,
            latency_p95_ms=figures["latency_p95_ms"] + overhead_ms,
            energy_mj_per_frame=energy_mj[key] + overhead_mj,
            ap50=scores[key],
            expected_ap50=by_key[key].expected_ap50.get(key.rpartition("@")[2], {}),
            memory_bytes=by_key[key].memory_bytes,
            recipe=by_key[key].recipe,
        )
        for key, figures in measured.items()
        if key in by_key and key in scores
    ]


def _beyond(telemetry: list[Json], figure: str, networks: dict[str, float]) -> float:
    """What the agent adds per frame to its network (decoding, resizing, tracking): the median."""
    extra = sorted(
        window[figure] - networks[_serving_key(window)]
        for window in telemetry
        if window["frames"] and _serving_key(window) in networks
    )
    return max(0.0, extra[len(extra) // 2]) if extra else 0.0


def _rows(city: City, telemetry: list[Json]) -> list[TimelineRow]:
    rows = []
    for window in telemetry:
        phase = city.line.phase_at(window["start"] + window["seconds"] / 2)
        if phase != WARM_UP and window["seconds"] > 0:
            regime = window["regime"]
            name = f"{regime['light']}-{regime['weather']}-{regime['density']}"
            rows.append(
                TimelineRow(window["start"], window["seconds"], phase, name, window["fps_demand"])
            )
    return rows


def _served(telemetry: list[Json]) -> list[ServedPoint]:
    changes: list[ServedPoint] = []
    for window in telemetry:
        cap = window["serving"].get("fps", 0.0)
        served = ServedPoint(window["start"], _serving_key(window), cap)
        if window["frames"] and (not changes or changes[-1][1:] != served[1:]):
            changes.append(served)
    return changes


def _first_ladder(plans: list[Json]) -> list[str]:
    for plan in plans:
        ladder = plan["document"].get("ladder") or []
        if ladder:
            points = [rung["point"] for rung in ladder]
            return [point_key(p["variant"], p["width"], p["height"]) for p in points]
    return []


def _serving_key(window: Json) -> str:
    point = window["serving"]
    return point_key(point["variant"], point["width"], point["height"])


def _key_of(models: list[Model], recipe: str, known: set[str]) -> str:
    keys = [point_key(m.variant, *FIXED_SIZE) for m in models if m.recipe == recipe]
    return next((key for key in keys if key in known), "")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def truth_ap50(agent: DemoAgent) -> float | None:
    """Agnostic AP50 of the boxes the device really gave, on every tenth frame it logged.

    The device keeps boxes above its lowest score only, which costs it the tail of the curve.
    """
    import numpy as np

    if not agent.detections.exists():
        return None
    matches, truths = [], {}
    for line in agent.detections.read_text().splitlines():
        entry = json.loads(line)
        clip = Path(entry["clip"])
        if clip not in truths:
            truths[clip] = load_truth(clip)
        boxes = np.array(entry["boxes"], np.float32).reshape(-1, 6)
        matches.append(match(boxes, truth_boxes(truths[clip], entry["clip_index"])))
    return round(ap50(matches), 4) if matches else None
