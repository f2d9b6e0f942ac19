"""Transfers in words, for the command line and the dashboard alike. Pure."""

from lamplighter_wire.enums import Outcome
from lamplighter_wire.words.outcomes import because, outcome_word

from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_client.wording import PHASES, per_cent

MIB = 2.0**20


def phase_text(entry: TransferEntry) -> str:
    """How far it is, or what became of it."""
    if entry.outcome == Outcome.COMMITTED:
        return PHASES["COMMITTED"]
    if entry.outcome:
        return outcome_word(entry.outcome) + because(entry.reason)
    return PHASES.get(entry.phase, entry.phase.lower()) if entry.phase else "not taken yet"


def saved_bytes(entry: TransferEntry) -> int:
    """What it did not have to receive of a variant that is there; 0 while it is under way."""
    is_there = entry.outcome == Outcome.COMMITTED and entry.size_bytes
    return max(0, entry.size_bytes - entry.received_bytes) if is_there else 0


def sums_text(sums: TransferSums) -> list[str]:
    """Lines: what there was, what sharing and deltas spared, what broadcast spared."""
    if not sums.orders:
        return ["nothing was ordered yet"]
    shared = max(0, sums.whole_bytes - sums.received_bytes)
    vain = f", {_mib(sums.vain_bytes)} received in vain" if sums.vain_bytes else ""
    lines = [f"{sums.orders} orders, {sums.under_way} under way{vain}"]
    lines.append(
        f"received {_mib(sums.received_bytes)} of {_mib(sums.whole_bytes)} that the variants have:"
        f" {_mib(shared)}{_share(shared, sums.whole_bytes)} spared by chunks that were there"
        " already and by deltas"
    )
    if sums.published_bytes:
        lines.append(
            f"since its start the controller has published {_mib(sums.published_bytes)} in"
            f" {sums.published_chunks} chunks, for {sums.requested_chunks} that were asked for:"
            " each once for all that want it"
        )
    return lines


def _mib(size_bytes: float) -> str:
    return f"{size_bytes / MIB:.1f} MiB"


def _share(part: float, whole: float) -> str:
    return f" ({per_cent(part / whole)})" if whole else ""
