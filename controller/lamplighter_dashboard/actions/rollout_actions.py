"""What can be done with rollouts. Pure."""

from typing import cast

from lamplighter_client.documents import Rollout
from lamplighter_client.documents.rollouts import Verb
from lamplighter_client.rollout_endpoints import step_rollout

from lamplighter_dashboard.actions.proposal import Draft, Field, Given, NotYetError, Proposal
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.rollouts import FOLLOWS, VERBS, devices_in


def step(rollout: Rollout) -> Draft:
    """One of the verbs that its state lets through."""
    verbs = VERBS.get(rollout.state, ())
    title = f"Rollout {rollout.name}, {rollout.state.replace('_', ' ')}"

    def build(given: Given) -> Proposal:
        verb = given.get("verb", "").strip()
        if verb not in verbs:
            raise NotYetError(f"write one of {', '.join(verbs) or 'nothing: it has ended'}")
        about = f"{figures.count(devices_in(rollout), 'device')}, target {rollout.target}."
        return Proposal(
            title=title,
            effects=[FOLLOWS[verb], about],
            requests=[step_rollout(rollout.name, cast(Verb, verb), given.get("reason", ""))],
            done=f"{rollout.name}: {verb}",
            word=rollout.name if verb in ("abort", "roll-back") else "",
        )

    fields = [
        Field("verb", " | ".join(verbs) or "it has ended", verbs[0] if verbs else "", verbs),
        Field("reason", "why; may be empty"),
    ]
    return Draft(title, build, fields)
