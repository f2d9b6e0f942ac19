"""What can be done with rollouts. Pure."""

from typing import cast

from lamplighter_client.documents import Rollout, RolloutRehearsal
from lamplighter_client.documents.rollouts import Verb
from lamplighter_client.rollout_endpoints import preview_rollout, step_rollout

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    NotYetError,
    Outlook,
    Proposal,
)
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.rolling_out.previews import preview_lines, rehearsed_lines
from lamplighter_dashboard.words.rolling_out.rollouts import FOLLOWS, VERBS, devices_in

LOOKED_AHEAD = ("approve", "start")


def step(rollout: Rollout, rehearsal: RolloutRehearsal | None = None) -> Draft:
    """One of the verbs that its state lets through. `rehearsal`: if it is known whether it was."""
    verbs = VERBS.get(rollout.state, ())
    title = f"Rollout {rollout.name}, {rollout.state.replace('_', ' ')}"

    def build(given: Given) -> Proposal:
        verb = given.get("verb", "").strip()
        if verb not in verbs:
            raise NotYetError(f"write one of {', '.join(verbs) or 'nothing: it has ended'}")
        is_ahead = verb in LOOKED_AHEAD
        rehearsed = rehearsed_lines(rehearsal) if is_ahead and rehearsal is not None else []
        return Proposal(
            title=title,
            effects=[FOLLOWS[verb], _about(rollout), *rehearsed],
            requests=[
                step_rollout(
                    rollout.name, cast(Verb, verb), given.get("reason", ""), rollout.version
                )
            ],
            done=f"{rollout.name}: {verb}",
            word=rollout.name if verb in ("abort", "roll-back") else "",
            outlook=Outlook(preview_rollout(rollout.name), preview_lines) if is_ahead else None,
        )

    fields = [
        Field("verb", " | ".join(verbs) or "it has ended", verbs[0] if verbs else "", verbs),
        Field("reason", "why; may be empty"),
    ]
    return Draft(title, build, fields)


def _about(rollout: Rollout) -> str:
    """To how many devices; before it starts nobody has counted them."""
    target = f"target {rollout.target}"
    if devices := devices_in(rollout):
        return f"{figures.count(devices, 'device')}, {target}."
    who = f"those that group {rollout.group} names when it starts"
    return f"Devices: {who}; {target}. Now they would be:"
