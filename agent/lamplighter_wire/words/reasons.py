"""Why a device did not take a variant, in words. Pure."""

from lamplighter_wire.enums import ReasonCode

# Each completes: "it has refused X: …".
REASONS: dict[str, str] = {
    ReasonCode.DISK_FULL: "its disk is full",
    ReasonCode.STORAGE: "its storage cannot be read or written",
    ReasonCode.HASH: "bytes arrived damaged",
    ReasonCode.SIGNATURE: "no key that it trusts has signed the order",
    ReasonCode.EXPIRED: "the order had expired by its clock",
    ReasonCode.STALE_REVISION: "it has seen a later order",
    ReasonCode.INCOMPATIBLE: "it lacks something that the variant needs",
    ReasonCode.HARMFUL: "the variant is not what its manifest promises",
    ReasonCode.OOM: "its memory is too small",
    ReasonCode.DIED: "the variant ended its process",
    ReasonCode.SLOWER: "it is slower there than predicted",
    ReasonCode.DOMINATED: "it is no better there than what serves",
    ReasonCode.LESS_ACCURATE: "it answers otherwise there than where it was built",
    ReasonCode.OVER_BUDGET: "a limit was broken",
    ReasonCode.TIMEOUT: "it took too long",
    ReasonCode.ABORTED: "a later order has taken its place",
}


def reason_words(code: str) -> str:
    """A code of this version in words; another one in small letters."""
    return REASONS.get(code, code.lower().replace("_", " "))
