"""From the controller's API to the parts of the report. Times become seconds since the start."""

from dataclasses import asdict
from statistics import median
from typing import Any

import msgspec
from lamplighter_wire.enums import Outcome

from lamplighter_demo import report as parts
from lamplighter_demo.devices import DemoDevice
from lamplighter_demo.director import City
from lamplighter_demo.footage import true_crossings

Json = dict[str, Any]
# The detector's slowest regime evidence (density leaving a jam) begins this long after a cut.
SLOWEST_EVIDENCE_S = 12.0
MANY = 500  # more than a demo day makes of anything


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What the API says of one device, oldest first."""

    facts: Json
    plans: list[Json]
    deployments: list[Json]
    telemetry: list[Json]
    events: list[Json]


def collect(city: City) -> dict[str, Collected]:
    """Read everything while the controller is up."""
    log = city.api.get("/events/log", after=0, limit=5000)
    return {device.id: _collect(city, device.id, log) for device in city.devices}


def _collect(city: City, device: str, log: list[Json]) -> Collected:
    base = f"/devices/{device}"
    return Collected(
        facts=city.api.get(base),
        plans=list(reversed(city.api.get(f"{base}/plans", limit=MANY))),
        deployments=list(reversed(city.api.get(f"{base}/deployments", limit=MANY))),
        telemetry=city.api.get(f"{base}/telemetry", limit=MANY),
        events=[event for event in log if event["device"] == device],
    )


def device_report(
    city: City, device: DemoDevice, found: Collected, truth_ap50: float | None
) -> parts.DeviceReport:
    """One device's part of the report."""
    agent = city.agents[device.id]
    day = [w for w in found.telemetry if w["start"] >= city.line.day_begins - 1.0]
    return parts.DeviceReport(
        id=device.id,
        hardware=device.hardware,
        envelope={k: v for k, v in asdict(device.envelope).items() if v},
        realised_by=agent.realised.realised_by,
        plans=_plans(city, found),
        deployments=[_deployment(city, device.id, entry) for entry in found.deployments],
        shifts=_shifts(city, found.events),
        frames=parts.Frames(
            served=sum(w["frames"] for w in found.telemetry),
            dropped=sum(w["dropped"] for w in found.telemetry),
        ),
        counts=parts.Counts(
            reported=sum(_crossings(w) for w in day),
            truth=true_crossings(city.clips, device.camera, city.line),
        ),
        truth_ap50=truth_ap50,
        seconds_to_first_variant=_first_variant_s(found),
        switched_off=_switched_off(city, device.id, found),
    )


def recompressions(city: City) -> list[parts.Recompression]:
    """All answers, with their clocks counted from the footage's own change."""
    return [_recompression(city, entry) for entry in city.api.get("/recompressions")]


def _recompression(city: City, entry: Json) -> parts.Recompression:
    began = entry["began_at"]
    change = city.line.change_before(began + 1.0)
    # A breach, or a demand that grew within a phase, has no cut of the footage behind it: its
    # clocks start where the device's evidence does.
    if entry["trigger"] != "shift" or began - change > SLOWEST_EVIDENCE_S:
        change = began
    offset = max(0.0, began - change)
    clocks = {name: value + offset for name, value in entry["seconds"].items()}
    return parts.Recompression(
        device=entry["device"],
        trigger=entry["trigger"],
        from_variant=entry["from_variant"],
        to_variant=entry["to_variant"],
        from_size=_size(entry["from_point"]),
        to_size=_size(entry["to_point"]),
        kind=entry["kind"],
        bytes_sent=entry["bytes_sent"],
        size_bytes=entry["size_bytes"],
        justified=entry["justified"],
        replayed_gain=entry["replayed_gain"],
        seconds=msgspec.convert(clocks, parts.Clocks),
        outcome=entry["outcome"],
        reasons=entry["reasons"],
    )


def _size(point: Json | None) -> str:
    return f"{point.get('width', 0)}x{point.get('height', 0)}" if point else ""


def noticed_s(answers: list[parts.Recompression]) -> float:
    """Median seconds from a change of the street to a device's word of it; 0 without any."""
    found = [a.seconds.detected for a in answers if a.trigger == "shift"]
    known = [seconds for seconds in found if seconds is not None]
    return round(median(known), 1) if known else 0.0


def _plans(city: City, found: Collected) -> list[parts.PlanEntry]:
    ends = [plan["at"] for plan in found.plans[1:]] + [float("inf")]
    return [
        _plan(city, plan, _served_under(plan, end, found.telemetry))
        for plan, end in zip(found.plans, ends, strict=True)
    ]


def _plan(city: City, plan: Json, windows: list[Json]) -> parts.PlanEntry:
    document = plan["document"]
    primary = document.get("primary") or {}
    point = primary.get("point") or {}
    return parts.PlanEntry(
        at=round(plan["at"] - city.started_at, 3),
        recipe=str(document.get("recipe") or primary.get("recipe") or ""),
        variant=plan["variant"],
        size=_size(point) or "0x0",
        regime=plan["regime"],
        reasons=list(document.get("reasons") or []),
        predicted=_predicted(primary.get("predicted") or {}),
        observed=_observed(windows),
    )


def _predicted(figures: Json) -> parts.Predicted:
    names = parts.Predicted.__struct_fields__
    return parts.Predicted(**{name: figures.get(name, 0.0) for name in names})


def _served_under(plan: Json, end: float, telemetry: list[Json]) -> list[Json]:
    """Windows that lie within the plan's time and serve its point."""
    point = (plan["document"].get("primary") or {}).get("point") or {}
    return [
        w
        for w in telemetry
        if plan["at"] <= w["start"]
        and w["start"] + w["seconds"] <= end + w["seconds"] / 2
        and w["frames"]
        and w["serving"]["variant"] == plan["variant"]
        and w["serving"]["width"] == point.get("width", w["serving"]["width"])
    ]


def _observed(windows: list[Json]) -> parts.Observed:
    if not windows:
        return parts.Observed()
    agreements = [w["reference_agreement_f1"] for w in windows]
    known = [a for a in agreements if a is not None]
    # Energy of windows without a deployment's own work, where there are any.
    calm = [w for w in windows if not w["disturbed"]] or windows
    return parts.Observed(
        latency_p95_ms=round(median(w["latency_p95_ms"] for w in windows), 3),
        energy_mj_per_frame=round(median(w["energy_mj_per_frame"] for w in calm), 3),
        energy_source=windows[-1]["energy_source"],
        reference_agreement_f1=round(median(known), 3) if known else None,
    )


def _deployment(city: City, device: str, entry: Json) -> parts.DeploymentEntry:
    reported = entry["reported"] or {}
    transfer = reported.get("transfer") or {}
    phases = reported.get("phases") or []
    return parts.DeploymentEntry(
        rev=entry["revision"],
        variant=entry["variant"],
        outcome=entry["outcome"] or "under way",
        reason=entry["reason"],
        injected=_injected(city, device, entry, phases),
        phases=[
            parts.PhaseEntry(phase=name, at=round(at - city.started_at, 3)) for name, at in phases
        ],
        bytes_received=transfer.get("bytes_received", 0),
        chunks_received=transfer.get("chunks_received", 0),
        duplicates=transfer.get("duplicates", 0),
    )


def _injected(city: City, device: str, entry: Json, phases: list[Any]) -> str:
    """The fault that the demo provoked while this revision was under way."""
    begin = entry["at"]
    end = phases[-1][1] if phases else begin + 60.0
    for cut in city.cuts:
        if cut.device == device and cut.happened and begin <= cut.until_at and end >= cut.from_at:
            return cut.note
    return ""


def _shifts(city: City, events: list[Json]) -> list[parts.ShiftEntry]:
    return [
        parts.ShiftEntry(
            at=round(event["at"] - city.started_at, 3),
            from_=_workload(event["data"].get("before") or {}),
            to=_workload(event["data"].get("after") or {}),
            evidence=event["data"].get("evidence") or {},
        )
        for event in events
        if event["kind"] == "workload_shift"
    ]


def _workload(workload: Json) -> str:
    regime = workload.get("regime") or {}
    name = "-".join(str(regime.get(k, "")) for k in ("light", "weather", "density"))
    return f"{name} at {workload.get('fps_demand', 0):.1f} fps"


def _crossings(window: Json) -> int:
    return sum(sum(by_class.values()) for by_class in window["counts"].values())


def _first_variant_s(found: Collected) -> float | None:
    """From the device's first words to its first variant in service (PROBATION)."""
    births = [event["at"] for event in found.events if event["kind"] in ("birth", "online")]
    served = [
        at
        for entry in found.deployments
        for name, at in (entry["reported"] or {}).get("phases", [])
        if name == "PROBATION"
    ]
    return round(min(served) - min(births), 3) if births and served else None


def _switched_off(city: City, device: str, found: Collected) -> Json:
    """What the power cut cost: chunks held, and those sent again after it."""
    outage = next((o for o in city.outages if o.device == device and o.happened), None)
    if outage is None:
        return {}
    entry = _interrupted(found.deployments, outage.off_at)
    transfer = (entry.get("reported") or {}).get("transfer") or {}
    received = transfer.get("chunks_received", 0)
    return {
        "off_at": round(outage.off_at - city.started_at, 3),
        "on_at": round(outage.on_at - city.started_at, 3),
        "chunks_held": outage.chunks_held,
        "chunks_received": received,
        "chunks_total": transfer.get("chunks_total", 0),
        # Asked for and not received before the power went, so asked for again. What came once more
        # because another device had asked is in the deployment's duplicates.
        "chunks_sent_again": (transfer.get("chunks_requested", 0) - received if received else None),
        "finished": entry.get("outcome") == Outcome.COMMITTED,
    }


def _interrupted(deployments: list[Json], off_at: float) -> Json:
    """The deployment that was under way when the power went; empty when there was none."""
    return next((d for d in reversed(deployments) if d["at"] <= off_at), {})
