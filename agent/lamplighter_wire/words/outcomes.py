"""How a deployment ended, in the one word for each outcome, and what follows. Pure."""

from lamplighter_wire.enums import Outcome, ReasonCode
from lamplighter_wire.messages import Reported
from lamplighter_wire.words.names import variant_words
from lamplighter_wire.words.reasons import reason_words

# The word for each outcome, of an order or of a device of a rollout.
WORDS: dict[str, str] = {
    Outcome.NONE: "under way",
    Outcome.COMMITTED: "committed",
    Outcome.REJECTED: "refused",
    Outcome.FAILED: "failed",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.UNKNOWN: "ended otherwise",
}
ANOTHER = "another is chosen"


def outcome_word(outcome: str) -> str:
    """The word for an outcome; what is none of them is a word already, such as superseded."""
    return WORDS.get(outcome, outcome.replace("_", " "))


def outcome_sentence(reported: Reported, what: str = "") -> str:
    """What became of an order, why, and what follows; the device's name stands before it.

    Args:
        what: the point that was ordered; empty: the variant as the device names it.
    """
    name = what or variant_words(reported.variant) or f"order {reported.revision}"
    why = because(reported.reason, reported.detail)
    match reported.outcome:
        case Outcome.COMMITTED:
            return f"has committed to {name}: it serves it from now on"
        case Outcome.REJECTED:
            return f"has refused {name}{why}; it serves what it did, and {ANOTHER}"
        case Outcome.ROLLED_BACK:
            return f"has rolled back from {name} to what it served before{why}; {ANOTHER}"
        case Outcome.FAILED if reported.reason == ReasonCode.ABORTED:
            return f"has failed to take {name}: a later order has taken its place"
        case Outcome.FAILED:
            return f"has failed to take {name}{why}; it serves what it did, and tries again"
    return f"has ended the order of {name} otherwise{why}"


def because(reason: str, detail: str = "") -> str:
    """ ": its memory is too small (needs 3 MB)"; empty without a reason."""
    words = reason_words(reason)
    said = f"{words} ({detail})" if words and detail else words or detail
    return f": {said}" if said else ""
