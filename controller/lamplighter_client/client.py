"""The HTTP clients: a waiting one for commands and the demo, an asyncio one for the dashboard."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec
from lamplighter_wire.command_line.shown_addresses import shown_address
from lamplighter_wire.https.trouble import connection_trouble, tls_trouble
from lamplighter_wire.https.web_address import is_loopback

from lamplighter_client.documents import Problem
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import (
    MalformedError,
    RefusedError,
    UnreachableError,
    UntrustedError,
)
from lamplighter_client.printable import printable_json
from lamplighter_client.streaming.server_sent_events import EventReader
from lamplighter_client.target import Target

T = TypeVar("T")

PREFIX = "/api/v1"
# The controller answers "busy" after 30 s; its own word says more than a timeout here.
TIMEOUT_S = 35.0
# The controller ends a connection on which nothing came for 5 s. A request must not meet that.
IDLE_S = 2.5


class Client:
    """Sends requests and waits for their answers."""

    def __init__(
        self,
        target: Target,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self._http = httpx.Client(**_options(target, timeout_s), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, request: ApiRequest[T]) -> T:
        """The answer to a request; of a list that is wanted whole, all its pages.

        Raises:
            UnreachableError: nothing answers.
            RefusedError: the controller answered with a problem.
            MalformedError: the answer is not what was asked for.
        """
        response = self._exchange(**_request(request))
        answer = _answer(request, response)
        while request.whole and (following := _next_page(response)) is not None:
            response = self._exchange(method="GET", url=following)
            answer = _joined(answer, _answer(request, response))
        return answer

    def _exchange(self, **request: Any) -> httpx.Response:
        try:
            return self._http.request(**request, extensions=_extensions(self.target))
        except httpx.HTTPError as error:
            raise _unreachable(self.target, error) from error

    def close(self) -> None:
        """End its connections."""
        self._http.close()


class AsyncClient:
    """As `Client`, on an event loop."""

    def __init__(
        self,
        target: Target,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.target = target
        self._http = httpx.AsyncClient(**_options(target, timeout_s), transport=transport)

    async def send(self, request: ApiRequest[T]) -> T:
        """The answer to a request; of a list that is wanted whole, all its pages.

        Raises:
            UnreachableError: nothing answers.
            RefusedError: the controller answered with a problem.
            MalformedError: the answer is not what was asked for.
        """
        response = await self._exchange(**_request(request))
        answer = _answer(request, response)
        while request.whole and (following := _next_page(response)) is not None:
            response = await self._exchange(method="GET", url=following)
            answer = _joined(answer, _answer(request, response))
        return answer

    async def _exchange(self, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(**request, extensions=_extensions(self.target))
        except httpx.HTTPError as error:
            raise _unreachable(self.target, error) from error

    async def listen(
        self,
        request: ApiRequest[T],
        silence_s: float,
        heard: Callable[[], object] = lambda: None,
    ) -> AsyncIterator[tuple[str, T]]:
        """Each event of a stream, with its id: where to go on from after a break.

        `heard` is called once the controller has begun to answer, and with all that comes: also
        with the lines by which it keeps the stream open while nothing happens.

        Raises:
            UnreachableError: nothing answers, or nothing came for `silence_s`.
            RefusedError: the controller answered with a problem.
            MalformedError: an event is not what was asked for.
        """
        asked = _request(request) | {"timeout": httpx.Timeout(silence_s)}
        reader = EventReader()
        try:
            async with self._http.stream(**asked, extensions=_extensions(self.target)) as response:
                if response.is_error:
                    await response.aread()
                    raise RefusedError(_problem(response))
                heard()
                async for piece in response.aiter_text():
                    heard()
                    for event in reader.take(piece):
                        yield event.id, _decoded(request, event.data.encode())
        except httpx.HTTPError as error:
            raise _unreachable(self.target, error) from error

    async def close(self) -> None:
        """End its connections."""
        await self._http.aclose()


def _options(target: Target, timeout_s: float) -> dict[str, Any]:
    return {
        "base_url": target.url.rstrip("/") + PREFIX,
        "headers": {"Authorization": f"Bearer {target.token}"},
        "timeout": timeout_s,
        "limits": httpx.Limits(keepalive_expiry=IDLE_S),
        "verify": target.context or True,
        "trust_env": not is_loopback(httpx.URL(target.url).host),  # no proxy stands before us
    }


def _extensions(target: Target) -> dict[str, Any]:
    """The name that the certificate must be for, where it is not the address's own."""
    return {"sni_hostname": target.server_name} if target.server_name else {}


def _request(request: ApiRequest[Any]) -> dict[str, Any]:
    options = {"method": request.method, "url": request.path, "params": dict(request.query)}
    headers = {"If-Match": f'"{request.version}"'} if request.version else {}
    if request.body is None:
        return options | {"headers": headers}
    headers["Content-Type"] = "application/json"
    return options | {"content": msgspec.json.encode(request.body), "headers": headers}


def _unreachable(target: Target, error: httpx.HTTPError) -> UnreachableError:
    trouble, shown = tls_trouble(error, target.url), shown_address(target.url)
    if trouble:
        return UntrustedError(f"no controller can be trusted at {shown}: {trouble}")
    reason = connection_trouble(error, target.url)
    return UnreachableError(f"no controller answers at {shown}: {reason}")


def _answer(request: ApiRequest[T], response: httpx.Response) -> T:
    if response.is_error:
        raise RefusedError(_problem(response))
    return _decoded(request, response.content)


def _decoded(request: ApiRequest[T], content: bytes) -> T:
    try:
        # Terminals show what comes out of here, and devices and operators wrote some of it.
        return msgspec.json.decode(printable_json(content), type=request.answer)
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedError(f"the answer to {request.path} cannot be read: {error}") from error


def _joined(pages: Any, page: Any) -> Any:
    """A list with one more of its pages."""
    return [*pages, *page]


def _next_page(response: httpx.Response) -> httpx.URL | None:
    """Where the answer goes on, at the server that gave it: no link takes the token elsewhere."""
    link = response.links.get("next")
    if link is None:
        return None
    here = response.request.url
    return here.copy_with(query=httpx.URL(link["url"]).query)


def _problem(response: httpx.Response) -> Problem:
    """As the controller tells it; a proxy in between may tell it otherwise."""
    try:
        problem = msgspec.json.decode(printable_json(response.content), type=Problem)
    except (msgspec.MsgspecError, ValueError):
        problem = Problem()
    return msgspec.structs.replace(problem, status=response.status_code)
