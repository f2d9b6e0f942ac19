"""What an operator should look at: broken promises of a device, worst first, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lamplighter_wire.enums import Outcome, Severity, SourceState
from lamplighter_wire.messages import Capabilities, Telemetry
from lamplighter_wire.rules.breach import LOST_WORTH_A_LOOK, breaches, lost_share
from lamplighter_wire.words.names import variant_words
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_controller.domain.attention.renewals import is_late
from lamplighter_controller.domain.objectives import Objective, limits_for
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy
from lamplighter_controller.domain.prediction.class_ratios import Doubt
from lamplighter_controller.domain.streams import Streams, StreamState

# Telemetry that is this many windows late is missing, not just on its way.
LATE_WINDOWS = 3.0
# How long a copy that is refused is told of.
CLONE_TOLD_S = 86400.0
BAD_OUTCOMES = frozenset({Outcome.REJECTED, Outcome.ROLLED_BACK, Outcome.FAILED})
# Broken limits of the whole device, which all its streams state alike.
OF_DEVICE = ("breach_power", "breach_memory")


@dataclass(frozen=True)
class Notice:
    """One thing that is wrong. `kind` is stable, for filters and tests.

    `marked`: what an operator has said of it; empty: it is open.
    """

    severity: Severity
    kind: str
    text: str
    marked: str = ""


@dataclass(frozen=True)
class Standing:
    """What is known of a device now.

    Attributes:
        last_seen: wall time of its last message; 0 when it never spoke.
        streams: the newest window of each, and when that came, by our clock.
        outcome, reason: of its last deployment; an empty outcome is one under way.
        deployed_at: when that deployment was ordered; 0: none yet.
        not_delivered: how many of its messages the broker dropped within the last hour.
        serving: the variant that serves as the device last said; "": none; None: not known.
        damaged: variants that its disk has damaged, as it last said.
        doubt: why what it measures teaches no other device; None: it does.
        cloned_at, clone_refused_at: when two machines were found to speak as it, and since when
            the second is refused; None: never, or not yet.
        misconduct: what it sent beyond its share or out of form within the last hour, how often.
    """

    online: bool
    last_seen: float = 0.0
    capabilities: Capabilities = field(default_factory=Capabilities)
    objective: Objective = field(default_factory=Objective)
    policy: Policy = DEFAULTS
    streams: Streams = field(default_factory=dict)
    outcome: Outcome = Outcome.NONE
    reason: str = ""
    variant: str = ""
    deployed_at: float = 0.0
    doubt: Doubt | None = None
    cloned_at: float | None = None
    clone_refused_at: float | None = None
    misconduct: Mapping[str, int] = field(default_factory=dict)
    not_delivered: int = 0
    serving: str | None = None
    damaged: Sequence[str] = ()


def notices(standing: Standing, now: float) -> tuple[Notice, ...]:
    """Everything wrong with a device at wall time `now`, errors first."""
    if not standing.online:
        offline = (_offline(standing, now), *_deployment(standing, now))
        return (
            *_clone(standing, now),
            *offline,
            *_messages(standing),
            *_certificate(standing, now),
        )
    found = [
        *_clone(standing, now),
        *_certificate(standing, now),
        *_streams(standing, now),
        *_disk(standing),
        *_deployment(standing, now),
    ]
    found += _messages(standing)
    return tuple(sorted(found, key=lambda notice: notice.severity is not Severity.ERROR))


def retired_notices(shut_out: str) -> tuple[Notice, ...]:
    """Of a retired device: only that the broker does not keep it out yet, and why not."""
    if shut_out in ("pending", "in force"):
        return ()
    return (Notice(Severity.ERROR, "still_let_in", shut_out),)


def _streams(standing: Standing, now: float) -> list[Notice]:
    """Of each stream, by its name; what holds for the whole device once."""
    found: list[Notice] = []
    for name, stream in standing.streams.items():
        for notice in _telemetry(standing, stream, now):
            if notice.kind not in OF_DEVICE:
                text = f"{name}: {notice.text}" if name else notice.text
                found.append(replace(notice, text=text))
            elif notice.kind not in {other.kind for other in found}:
                found.append(notice)
    return found


def duration(seconds: float) -> str:
    """ "40 s", "12 min", "3 h" or "2 days"."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _offline(standing: Standing, now: float) -> Notice:
    if not standing.last_seen:
        return Notice(Severity.WARNING, "never_seen", "enrolled, but has never been online")
    return Notice(
        Severity.ERROR, "offline", f"offline, last heard {duration(now - standing.last_seen)} ago"
    )


def _telemetry(standing: Standing, stream: StreamState, now: float) -> list[Notice]:
    window = stream.window
    if window is None:
        return []
    late_s = now - stream.window_at
    if late_s > LATE_WINDOWS * max(window.seconds, 1.0):
        return [Notice(Severity.WARNING, "silent", f"no telemetry for {duration(late_s)}")]
    limits = limits_for(standing.objective, standing.capabilities)
    broken = breaches(window, limits, standing.policy)
    lost = lost_share(window)
    found = _source(window) + [
        Notice(Severity.ERROR, f"breach_{breach.kind}", f"{breach.kind} breach: {breach.text}")
        for breach in broken
    ]
    if not any(breach.kind == "frames" for breach in broken) and lost > LOST_WORTH_A_LOOK:
        text = f"loses {100 * lost:.0f} % of the frames demanded"
        found.append(Notice(Severity.WARNING, "dropped", text))
    return found


def _source(window: Telemetry) -> list[Notice]:
    if window.source_state == SourceState.OK:
        return []
    why = f": {window.source_reason}" if window.source_reason else ""
    return [Notice(Severity.ERROR, "source", f"camera {window.source_state}{why}")]


def _messages(standing: Standing) -> list[Notice]:
    """About what it sent."""
    return [*_not_delivered(standing), *_misconduct(standing), *_doubt(standing)]


def _doubt(standing: Standing) -> list[Notice]:
    if standing.doubt is None:
        return []
    text = (
        f"measures {standing.doubt.times:.2g} times what {standing.doubt.source} says, so that"
        " nothing of it counts for other devices; look at what else runs there, then let it"
        " measure itself: lamplighter device probe"
    )
    return [Notice(Severity.WARNING, "contradicts", text)]


def _certificate(standing: Standing, now: float) -> list[Notice]:
    ends_at = standing.capabilities.certificate_ends_at
    if not is_late(ends_at, now):
        return []
    remedy = "look at its events, or let it enrol again: lamplighter token create"
    if now >= ends_at:
        text = f"its certificate ended {duration(now - ends_at)} ago; {remedy}"
        return [Notice(Severity.ERROR, "certificate_ended", text)]
    text = f"its certificate ends in {duration(ends_at - now)} and was not renewed; {remedy}"
    return [Notice(Severity.WARNING, "certificate_ends", text)]


def _clone(standing: Standing, now: float) -> list[Notice]:
    """Until the second is refused, and for a day afterwards."""
    if standing.cloned_at is None:
        return []
    if standing.clone_refused_at is None:
        text = (
            "two machines speak as this device: its disk was copied; the one that was there first"
            " is given another key. If it may be the thief's: lamplighter device revoke"
        )
        return [Notice(Severity.ERROR, "cloned", text)]
    ago_s = now - standing.clone_refused_at
    if ago_s > CLONE_TOLD_S:
        return []
    text = f"a copy of its disk was refused {duration(ago_s)} ago; find out who made it"
    return [Notice(Severity.WARNING, "clone_refused", text)]


def _not_delivered(standing: Standing) -> list[Notice]:
    if not standing.not_delivered:
        return []
    text = (
        f"the broker dropped {standing.not_delivered} of its messages within the last hour, which"
        " it sends again; look at the broker's log, its memory and max_queued_messages"
    )
    return [Notice(Severity.WARNING, "not_delivered", text)]


def _disk(standing: Standing) -> list[Notice]:
    """What it can serve no more, though it once took it."""
    found = []
    if standing.damaged:
        names = ", ".join(variant_words(variant) for variant in standing.damaged)
        text = f"its disk has damaged {names}; it fetches them again"
        found.append(Notice(Severity.ERROR, "damaged", text))
    if standing.outcome == Outcome.COMMITTED and standing.serving == "":
        name = variant_words(standing.variant)
        text = f"serves nothing: {name} cannot be opened; look at its log, deploy again"
        found.append(Notice(Severity.ERROR, "serves_nothing", text))
    return found


def _misconduct(standing: Standing) -> list[Notice]:
    if not standing.misconduct:
        return []
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(standing.misconduct.items()))
    text = (
        f"sends what it may not: {counts} left out; others are served as before, and so is it once"
        " it keeps to its share; look at the device, or end it: lamplighter device retire"
    )
    return [Notice(Severity.WARNING, "misconduct", text)]


def _deployment(standing: Standing, now: float) -> list[Notice]:
    name = variant_words(standing.variant)
    if standing.outcome in BAD_OUTCOMES:
        text = f"{outcome_word(standing.outcome)} {name}{because(standing.reason)}"
        return [Notice(Severity.WARNING, standing.outcome, text)]
    waited_s = now - standing.deployed_at
    if standing.deployed_at and not standing.outcome and waited_s > standing.policy.patience_s:
        text = f"{name} under way for {duration(waited_s)}"
        return [Notice(Severity.WARNING, "stuck", text)]
    return []
