"""Events as they happen, across breaks of the connection: none is missed, none comes twice."""

import asyncio
from collections.abc import AsyncIterator, Callable

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.errors import (
    ClientError,
    RefusedError,
    UnreachableError,
    UntrustedError,
)
from lamplighter_client.streaming.endpoints import event_stream
from lamplighter_client.wording import error_text

# The controller says something every 15 s.
SILENCE_S = 40.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
BUSY = 503

Lost = Callable[[str, float], None]


async def events_from(client: AsyncClient, after: int | None, lost: Lost) -> AsyncIterator[Event]:
    """Events after an id; None: those from now on. Without an end.

    Args:
        lost: told why the connection broke, and the seconds until it is tried again.

    Raises:
        ClientError: nothing answers at first, or the controller refuses.
    """
    newest = await client.send(endpoints.events(limit=1))
    if after is None:
        after = newest[-1].id if newest else 0
    pause_s = FIRST_PAUSE_S
    while True:
        why = "the controller has ended the stream"
        try:
            async for _, event in client.listen(event_stream(after), SILENCE_S):
                after, pause_s = event.id, FIRST_PAUSE_S
                yield event
        except ClientError as error:
            if not _may_pass(error):
                raise
            why = error_text(error)
        lost(why, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _may_pass(error: ClientError) -> bool:
    """Whether it is worth another try."""
    if isinstance(error, UntrustedError):
        return False
    return isinstance(error, UnreachableError) or (
        isinstance(error, RefusedError) and error.status >= BUSY
    )
