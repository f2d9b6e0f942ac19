"""What is sent to devices, and what did not have to be."""

from lamplighter_client.documents.base import Document


class TransferEntry(Document, frozen=True, kw_only=True):
    """One order, and what it cost on the wire. Bytes are compressed ones, as they travel."""

    device: str = ""
    site: str = ""
    revision: int = 0
    variant: str = ""
    at: float = 0.0
    phase: str = ""  # of the device; empty: it has said nothing of it yet
    outcome: str = ""  # Outcome, or superseded by a newer order; empty: under way
    reason: str = ""
    size_bytes: int = 0  # of the whole variant; 0: not known any more
    received_bytes: int = 0
    duplicates: int = 0  # chunks that came though they were held
    chunks_total: int = 0  # of the variant
    chunks_missing: int = 0  # of them, not held yet
    delta_bytes: int = 0  # of the smallest delta that the order names; 0: none, or it has ended


class TransferSums(Document, frozen=True, kw_only=True):
    """The newest orders in a few figures, and what the controller has published since its start.

    A chunk is published once for all that want it: what devices received beyond what was published
    cost the controller nothing.
    """

    orders: int = 0
    under_way: int = 0
    since: float = 0.0  # when the oldest of these orders was given
    whole_bytes: int = 0  # of those that serve now or did: had each been sent whole
    received_bytes: int = 0  # for the same ones
    vain_bytes: int = 0  # for orders that came to nothing
    published_bytes: int = 0
    published_chunks: int = 0
    requested_chunks: int = 0
