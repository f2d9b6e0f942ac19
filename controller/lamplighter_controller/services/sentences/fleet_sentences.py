"""What operators set for many devices, and how far a rollout is. Pure."""

from collections.abc import Mapping
from typing import Any

from lamplighter_wire.words.names import variant_words

from lamplighter_controller.domain.overrides.overrides import GROUP, Override, OverrideKind
from lamplighter_controller.services.sentences.sentence import (
    Sentence,
    reason_after,
    scope_words,
)
from lamplighter_controller.services.sentences.thresholds import threshold_words

# What an operator's step does, and what follows.
STEPS = {
    "approve": ("has approved", "it may start"),
    "start": ("has started", "its canaries are told first"),
    "pause": ("has paused", "no further device is told"),
    "resume": ("has resumed", "it goes on where it stood"),
    "retry": ("tries again the failed devices of", "they wait to be told"),
    "abort": ("has aborted", "no further device is told"),
    "roll-back": ("rolls back", "its devices go back to what they served"),
    "end": ("has ended", "its devices are planned for as any other"),
}
STATES = {
    "running": "is running",
    "paused": "is paused",
    "succeeded": "has succeeded",
    "aborted": "is aborted",
    "rolled_back": "is rolled back",
    "ended": "has ended",
    "approved": "is approved",
    "draft": "is a draft",
}


def policy_changed(scope: str, values: Mapping[str, Any]) -> Sentence:
    """Thresholds, or the model that devices are kept to."""
    told = "; ".join(threshold_words(name, value) for name, value in values.items())
    return Sentence(f"the policy of {scope_words(scope)} is changed: {told}")


def group_made(name: str, query: str) -> Sentence:
    """New."""
    return Sentence(f"group {name} is made: it has the devices for which holds: {query}")


def group_changed(name: str, before: str, query: str) -> Sentence:
    """Other devices."""
    return Sentence(
        f"group {name} has other devices: those for which holds: {query}; was: {before}"
    )


def group_deleted(name: str) -> Sentence:
    """Its devices stay."""
    return Sentence(f"group {name} is deleted; its devices stay as they are")


def _overridden(override: Override) -> str:
    target = variant_words(override.target)
    words = {
        OverrideKind.HOLD: "told nothing new",
        OverrideKind.PIN: f"pinned to {target}",
        OverrideKind.AVOID: f"kept from {target}",
    }
    return words[override.kind]


def _whose(scope: str) -> str:
    kind, _, name = scope.partition(":")
    return f"the devices of group {name}" if f"{kind}:" == GROUP else name or scope


def overridden(override: Override) -> Sentence:
    """An operator decides in the planner's stead."""
    is_many = override.scope.startswith(GROUP)
    by = f" by {override.by}" if override.by else ""
    verb = "are" if is_many else "is"
    why = reason_after(override.reason)
    return Sentence(f"{_whose(override.scope)} {verb} {_overridden(override)}{by}{why}")


def override_ended(override: Override, by: str) -> Sentence:
    """`by`: empty, where its time is over."""
    is_many = override.scope.startswith(GROUP)
    verb = "are" if is_many else "is"
    why = f", by {by}" if by else ", as its time is over"
    whose = _whose(override.scope)
    return Sentence(f"{whose} {verb} no longer {_overridden(override)}{why}; the planner decides")


def marked(what: str, said: str, by: str, reason: str) -> Sentence:
    """`what`: the kind of a notice; `said`: acknowledged or muted."""
    notice = f"the notice “{notice_words(what)}”" if what else "whatever is wrong with it"
    return Sentence(f"{notice} is {said} by {by}{reason_after(reason)}")


def mark_ended(what: str, by: str) -> Sentence:
    """`by`: empty, where the notice has gone."""
    notice = f"“{notice_words(what)}”" if what else "whatever is wrong"
    if not by:
        return Sentence(f"{notice} has gone, and the word on it with it")
    return Sentence(f"{notice} counts as open again, as {by} says")


def notice_words(kind: str) -> str:
    """ "breach_latency" -> "breach latency"."""
    return kind.replace("_", " ")


def drafted(rollout: str, what: str, group: str, by: str) -> Sentence:
    """Nothing is sent yet."""
    brought = f"{variant_words(what)} to group {group}"
    return Sentence(f"rollout {rollout} is drafted by {by}: {brought}; nothing is sent yet")


def stepped(rollout: str, verb: str, by: str, reason: str) -> Sentence:
    """An operator's word."""
    does, follows = STEPS.get(verb, (verb, ""))
    said = f"{by} {does} rollout {rollout}{reason_after(reason)}"
    return Sentence(f"{said}; {follows}" if follows else said)


def install_failed(rollout: str, device: str, by: str, reason: str) -> Sentence:
    """Of an agent that somebody installs."""
    return Sentence(f"{device} of rollout {rollout} has failed, as {by} says{reason_after(reason)}")


def moved(rollout: str, state: str, wave: int, reason: str, counts: Mapping[str, int]) -> Sentence:
    """Into another state or wave."""
    at = "its canaries" if wave == 0 else f"wave {wave}"
    is_going = f" with {at}" if state in ("running", "paused") else ""
    named = (f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    how_far = ", ".join(named)
    devices = f" ({how_far})" if how_far else ""
    does = STATES.get(state, f"is {state.replace('_', ' ')}")
    return Sentence(f"rollout {rollout} {does}{is_going}{reason_after(reason)}{devices}")
