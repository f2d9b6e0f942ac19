"""Headers of every answer, whatever it is of."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

HEADERS = {
    # What is JSON or text stays that, whatever a browser makes of its beginning.
    "X-Content-Type-Options": "nosniff",
    # Answers hold tokens, names and places; only who asked has a copy.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
}
"""No header permits other sites to ask: browsers let their pages not read an answer, then."""


def with_headers(send: Send) -> Send:
    """The same, with these headers on the answer that is begun."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
