"""How a device came to serve what it serves, link by link."""

from lamplighter_client.documents.base import Document


class ExplanationLink(Document, frozen=True, kw_only=True):
    """One link of the chain. The text of one that is not known says why."""

    name: str = ""
    text: str = ""
    is_known: bool = True
    at: float = 0.0  # 0: of no moment


class Explanation(Document, frozen=True, kw_only=True):
    """The chain from what a device measured to what it serves, at a wall time."""

    device: str = ""
    at: float = 0.0
    variant: str = ""  # of the order that it had committed to; empty: none
    links: list[ExplanationLink] = []
