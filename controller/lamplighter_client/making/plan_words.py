"""What follows from a plan that was asked for, in a sentence. Pure."""

from collections.abc import Callable

from lamplighter_client.documents import Choice, Intended, PlanAnswer
from lamplighter_client.wording import size_text

SERVED = "nothing is sent: what it serves is as good as the plan, or not enough worse"
MADE = "what travels is being made"
Clock = Callable[[float], str]
"""A wall time in seconds as the reader's clock shows it."""


def acts(answer: PlanAnswer) -> bool:
    """Whether acting on a plan does anything now; of a controller that does not say what follows,
    whether it would deploy."""
    return answer.follows in ("build", "hold", "send") if answer.follows else answer.deploy


def sent_choice(answer: PlanAnswer) -> Choice | None:
    """What is sent, or kept until it may be: what serves until something is built, or the plan."""
    if answer.follows == "build":
        return None
    return answer.interim if answer.build and answer.interim is not None else answer.primary


def what_follows(answer: PlanAnswer, clock: Clock) -> str:
    """What acting on a plan does, or did: a sentence without its capital and full stop."""
    if answer.primary is None:
        return "nothing can be planned for it"
    built = ", ".join(answer.build)
    match answer.follows or ("send" if answer.deploy else "nothing"):
        case "build":
            return f"first {built} is built; nothing is sent before it is there"
        case "hold":
            return f"{_sent(answer)} only later: {held_text(answer, clock)}"
        case "later":
            return "an update is under way; plan again once it has ended"
        case "send":
            meanwhile = f", while {built} is built" if built else ""
            return f"{_sent(answer)}, which it tries before it serves by it{meanwhile}"
    return SERVED


def _sent(answer: PlanAnswer) -> str:
    choice = sent_choice(answer) if answer.build else None
    what = f"{choice.variant} at {size_text(choice.point)}" if choice else "an update"
    return f"it is sent {what}"


def held_text(held: PlanAnswer | Intended, clock: Clock) -> str:
    """Why something is not sent yet, and until when."""
    until = f"; until {clock(held.until)}" if held.until else ""
    return f"{held.held or MADE}{until}"
