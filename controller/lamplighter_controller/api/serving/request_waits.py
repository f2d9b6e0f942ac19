"""Tells the door of whom the application waits, and for whom it works."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamplighter_controller.api.serving.door import TAKE_S, Address, Door

BEARER_IS_KNOWN = "bearer_is_known"
"""Set in a request's state where its token is one of ours."""


class RequestWaits:
    """An ASGI application around another.

    While a request's body is read, or a part of an answer cannot be sent, it is the other side that
    is waited for.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("client") is None:
            await self._app(scope, receive, send)
            return
        address = tuple(scope["client"][:2])
        with self._door.working(address):
            await self._app(scope, self._receiving(address, receive), self._sending(address, send))
            if scope.get("state", {}).get(BEARER_IS_KNOWN):
                self._door.know(address)

    def _receiving(self, address: Address, receive: Receive) -> Receive:
        is_whole = False

        async def waited_for() -> Message:
            nonlocal is_whole
            if is_whole:  # it only listens whether the other side has gone
                return await receive()
            with self._door.waiting(address):
                message = await receive()
            is_whole = not message.get("more_body", False)
            return message

        return waited_for

    def _sending(self, address: Address, send: Send) -> Send:
        async def waited_for(message: Message) -> None:
            with self._door.waiting(address, TAKE_S):
                await send(message)

        return waited_for
