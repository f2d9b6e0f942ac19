"""The chain from telemetry to bytes on a device, as links that each say what is known. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.words.accuracy import MEASURED_ON, accuracy_words
from lamplighter_wire.words.causes import cause_words
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_controller.domain.explaining.evidence import Evidence, Ordered, Standing

MEGABYTE, SHOWN_REASONS, SHOWN_DIGITS = 1e6, 4, 12


@dataclass(frozen=True)
class Link:
    """One link. `text` of one that is not known says why."""

    name: str
    text: str
    is_known: bool = True
    at: float = 0.0


def chain(evidence: Evidence) -> list[Link]:
    """From what the device measured to what it serves; always the same links, in this order."""
    if evidence.ordered is None:
        return [_nothing(evidence)]
    return [
        _telemetry(evidence),
        _rule(evidence),
        _limits(evidence),
        _plan(evidence),
        _approver(evidence),
        _recipe(evidence),
        _build(evidence),
        _signature(evidence),
        _bytes(evidence.ordered),
        _trial(evidence.ordered),
        _serving(evidence),
    ]


def _nothing(evidence: Evidence) -> Link:
    text = f"it has committed to no order up to {clock(evidence.at)}"
    if evidence.later:
        text += f"; {_attempts(evidence.later)}"
    return Link("serving", text, is_known=False)


def _telemetry(evidence: Evidence) -> Link:
    if evidence.before is None:
        return Link("telemetry", _lost(evidence, "what it measured before"), is_known=False)
    window = evidence.before
    return Link("telemetry", _measured(window), at=window.start + window.seconds)


def _rule(evidence: Evidence) -> Link:
    decided, answered = evidence.decided, evidence.answered
    if decided is None:
        return Link("rule", _lost(evidence, "what caused it"), is_known=False)
    parts = [f"because {cause_words(decided.cause)}"]
    if answered is not None:
        parts.append(f"answers a {answered.trigger} by {answered.kind or 'nothing yet'}")
        parts += [f"{name} after {value:.1f} s" for name, value in answered.seconds.items()]
    verdict = (decided.document.get("answer") or {}).get("verdict") or {}
    if verdict.get("why"):
        gain = f", gain {verdict['gain']:.3g} {verdict['unit']}" if verdict.get("unit") else ""
        parts.append(f"switch rule: {verdict['why']}{gain}")
    return Link("rule", "; ".join(parts), at=answered.began_at if answered else decided.at)


def _limits(evidence: Evidence) -> Link:
    """As they are now: that of former ones is not kept."""
    if not evidence.limits:
        return Link("limits", "nobody has set any")
    return Link("limits", f"as of now: {'; '.join(map(str, evidence.limits))}")


def _plan(evidence: Evidence) -> Link:
    decided = evidence.decided
    if decided is None:
        return Link("plan", _lost(evidence, "the plan"), is_known=False)
    document = decided.document
    point = (document.get("primary") or {}).get("point") or {}
    size = f" at {point['width']}x{point['height']}" if point.get("width") else ""
    chosen = f"{decided.variant}{size}" if decided.variant else "nothing"
    parts = [f"plan {decided.number}: {chosen}", *_predicted(document)]
    considered = document.get("alternatives") or []
    parts += [f"{len(considered)} alternatives turned down"] if considered else []
    reasons = document.get("reasons") or []
    parts += [str(reason) for reason in reasons[:SHOWN_REASONS]]
    return Link("plan", "; ".join(parts), at=decided.at)


def _predicted(document: Mapping[str, Any]) -> list[str]:
    predicted = (document.get("primary") or {}).get("predicted") or {}
    if not predicted:
        return []
    latency_ms, energy_mj = predicted["latency_p95_ms"], predicted["energy_mj_per_frame"]
    said = [f"p95 {latency_ms:.0f} ms and {energy_mj:.0f} mJ/frame predicted"]
    low, high = predicted.get("ap50_range") or (0.0, 0.0)
    basis, on = predicted.get("ap50_basis") or "", predicted.get("measured_on") or ""
    accuracy = accuracy_words(predicted.get("expected_ap50") or 0.0, basis, on, low, high)
    return said + ([accuracy] if accuracy else [])


def _approver(evidence: Evidence) -> Link:
    if not evidence.standing:
        return Link("approver", "nobody was asked: the controller decided within its policy")
    return Link("approver", "; ".join(map(_stands, evidence.standing)))


def _stands(standing: Standing) -> str:
    names = [f"made by {standing.made_by or 'somebody'}"]
    names += [f"approved by {standing.approved_by}"] if standing.approved_by else []
    reason = f": {standing.reason}" if standing.reason else ""
    return f"{standing.what} {', '.join(names)}{reason}"


def _recipe(evidence: Evidence) -> Link:
    made = evidence.made
    if made is None:
        return Link("recipe", "the catalogue has this variant no longer", is_known=False)
    version = f"@{made.model_version}" if made.model_version else ""
    parts = [f"recipe {made.recipe or '?'} of {made.model}{version}, {made.precision}"]
    on = MEASURED_ON.get(made.measured_on, made.measured_on)
    parts += [f"accuracy measured {on}"] if on else []
    told = {name: value for name, value in made.provenance.items() if value != made.recipe}
    parts += [f"{name.replace('_', ' ')} {value}" for name, value in sorted(told.items()) if value]
    return Link("recipe", "; ".join(parts))


def _build(evidence: Evidence) -> Link:
    built = evidence.built
    if built is None:
        return Link("build", "when it was built is not kept", is_known=False)
    took = f" in {built.seconds:.1f} s" if built.seconds > 0 else ""
    job = f" (job {built.job})" if built.job else "; the job that made it is not kept"
    return Link("build", f"built {clock(built.at)}{took}{job}", at=built.at)


def _signature(evidence: Evidence) -> Link:
    signed = evidence.signed
    if signed is None:
        return Link("signature", "the manifest is here no longer", is_known=False)
    verdict = "valid, checked just now" if signed.is_valid else "NOT valid by the present key"
    name = signed.manifest[:SHOWN_DIGITS]
    size = f", {signed.size_bytes / MEGABYTE:.2f} MB in {signed.chunks} chunks"
    return Link("signature", f"manifest {name} signed by key {signed.key_id}: {verdict}{size}")


def _bytes(ordered: Ordered) -> Link:
    if ordered.reported is None:
        return Link("bytes", "the device's report is not kept", is_known=False)
    transfer = ordered.reported.transfer
    if not transfer.bytes_received:
        return Link("bytes", "none, as it reports: it held all of it already")
    megabytes = f"{transfer.bytes_received / MEGABYTE:.2f} MB"
    twice = f", {transfer.duplicates} of them twice" if transfer.duplicates else ""
    return Link("bytes", f"{megabytes} received in {transfer.chunks_received} chunks{twice}")


def _trial(ordered: Ordered) -> Link:
    reported = ordered.reported
    if reported is None:
        return Link("trial", "the device's report is not kept", is_known=False)
    golden: list[str] = []
    if reported.golden_f1 >= 0:
        golden.append(f"golden answers reproduced, F1 {reported.golden_f1:.3f}")
    if reported.trial is None:
        text = "; ".join([*golden, "no comparison with what served: there was nothing, or no need"])
        return Link("trial", text)
    trial = reported.trial
    lost = f"{trial.lost_frames} frames lost"
    if trial.ratio <= 0:
        alone = f"{trial.pairs} frames by itself, as nothing served to compare it with"
        return Link("trial", "; ".join([*golden, f"{alone}, {lost}"]))
    ratio = f"{trial.ratio:.2f} ({trial.ratio_low:.2f} to {trial.ratio_high:.2f})"
    paired = f"{trial.pairs} pairs, latency {ratio} of what served"
    return Link("trial", "; ".join([*golden, f"{paired}, {lost}"]))


def _serving(evidence: Evidence) -> Link:
    ordered = evidence.ordered
    assert ordered is not None  # noqa: S101 - a chain has an order
    parts = [f"revision {ordered.revision} committed, ordered {clock(ordered.at)}"]
    window = evidence.served
    if window is None:
        parts.append("what it measured then is not kept")
    elif window.serving.variant != ordered.variant:
        parts.append(f"it had stepped on its ladder to {_measured(window)}")
    else:
        parts.append(_measured(window))
    parts += [_attempts(evidence.later)] if evidence.later else []
    return Link("serving", "; ".join(parts), is_known=window is not None, at=ordered.at)


def _attempts(later: tuple[Ordered, ...]) -> str:
    return ", ".join(map(_attempt, later))


def _attempt(one: Ordered) -> str:
    outcome = outcome_word(one.outcome) if one.outcome else "was under way"
    return f"revision {one.revision} of {one.variant} {outcome}{because(one.reason)}"


def _measured(window: Telemetry) -> str:
    point = window.serving
    served = f"{point.variant}@{point.width}x{point.height}" if point.variant else "nothing served"
    return (
        f"{window.regime}, {window.fps_served:.1f} of {window.fps_demand:.1f} frames/s, {served}:"
        f" p95 {window.latency_p95_ms:.1f} ms, {window.energy_mj_per_frame:.0f} mJ/frame,"
        f" {window.dropped} dropped" + (f", {window.rested} rested" if window.rested else "")
    )


def _lost(evidence: Evidence, what: str) -> str:
    return f"{what} is not known: history is kept for {evidence.history_days:g} days, windows less"


def clock(at: float) -> str:
    """ "2026-11-28 09:12:03 UTC"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def is_taken(ordered: Ordered) -> bool:
    """Whether the device has committed to it."""
    return ordered.outcome == Outcome.COMMITTED
