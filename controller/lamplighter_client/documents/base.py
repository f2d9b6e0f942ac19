"""What all documents have in common."""

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every document."""
