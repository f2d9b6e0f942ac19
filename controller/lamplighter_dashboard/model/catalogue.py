"""What is known of variants by their ids, read again once in a while."""

import time
from collections.abc import Mapping

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Variant
from lamplighter_client.errors import ClientError

FRESH_S = 60.0


class Catalogue:
    """Attributes:
    variants: by id; empty until it was read.
    """

    def __init__(self) -> None:
        self.variants: Mapping[str, Variant] = {}
        self._read_at = 0.0

    async def refresh(self, client: AsyncClient) -> None:
        """Read it, unless it is fresh; what cannot be read stays as it was."""
        if time.monotonic() - self._read_at < FRESH_S and self._read_at:
            return
        self._read_at = time.monotonic()
        try:
            found = await client.send(endpoints.variants())
        except ClientError:
            return
        self.variants = {one.id: one for one in found}
