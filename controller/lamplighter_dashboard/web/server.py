"""Serves the dashboard to browsers: each connection is a process of its own, behind a key."""

import asyncio
import secrets
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from lamplighter_wire.https.web_address import is_loopback
from textual_serve.server import Server

from lamplighter_dashboard.web.guard import KEY_PARAMETER, Guard, headers_of, is_own_page
from lamplighter_dashboard.web.page import page
from lamplighter_dashboard.web.terminal import show

TITLE = "Lamplighter"
KEY_BYTES = 32
FONT_PX = 15
# Each has a process; more than that is a mistake or an attack.
MOST_CONNECTIONS = 16
SHUTDOWN_S = 5.0
NOT_LET_IN = "Open the address that `lamplighter dashboard --web` has printed.\n"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ExposedError(Exception):
    """What is to be served could be read by others on its way; the text says what helps."""


@dataclass(frozen=True)
class WebPlace:
    """Where it is served. `certificate`, `private_key`: PEM files, both or none."""

    host: str = "127.0.0.1"
    port: int = 8180
    certificate: str = ""
    private_key: str = ""

    @property
    def scheme(self) -> str:
        """Of its addresses."""
        return "https" if self.certificate else "http"


def check_place(place: WebPlace) -> None:
    """Raises ExposedError where key and fleet could be read on their way."""
    if not is_loopback(place.host) and not place.certificate:
        raise ExposedError(
            f"at {place.host} key and fleet could be read on their way: give --certificate and"
            " --private-key, or leave --host away and come by: ssh -L 8180:127.0.0.1:8180 HOST"
        )


class WebDashboard:
    """The pages of one server. `command`: what is started for each connection."""

    def __init__(self, command: Sequence[str], guard: Guard) -> None:
        self.guard = guard
        self._command = command
        self._files = Server("")  # where its parts lie, and what is downloaded
        self._connections: set[asyncio.Task[Any] | None] = set()

    def application(self) -> web.Application:
        """The pages behind their guard."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        made = web.Application(middlewares=[guarded])
        made.add_routes(
            [
                web.get("/", self._page),
                web.get("/ws", self._socket),
                web.get("/download/{key}", self._files.handle_download),
                web.static("/static", self._files.statics_path),
            ]
        )
        made.on_shutdown.append(self._end_all)
        return made

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/" and self.guard.has_key(request.query):
            answer: web.StreamResponse = self._let_in(request)
        elif not self.guard.knows(request.cookies):
            answer = web.Response(status=401, text=NOT_LET_IN)
        elif not is_own_page(request.headers.get("Origin", ""), request.scheme, request.host):
            answer = web.Response(status=403, text="Another page asked for this.\n")
        else:
            answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(headers_of(request.scheme, request.host))
        return answer

    def _let_in(self, request: web.Request) -> web.Response:
        """The key leaves the address, so that no history has it."""
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(
            self.guard.cookie,
            self.guard.key,
            httponly=True,
            samesite="Strict",
            secure=request.scheme == "https",
        )
        return answer

    async def _page(self, request: web.Request) -> web.Response:
        address = f"{'wss' if request.scheme == 'https' else 'ws'}://{request.host}/ws"
        return web.Response(text=page(TITLE, address, FONT_PX), content_type="text/html")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if len(self._connections) >= MOST_CONNECTIONS:
            return web.Response(status=503, text="Too many dashboards are open.\n")
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            return await show(request, self._command, self._files.download_manager)
        finally:
            self._connections.discard(task)

    async def _end_all(self, _application: web.Application) -> None:
        """Each dashboard quits before the server is gone."""
        open_now = [task for task in self._connections if task is not None]
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


async def serve_web(command: Sequence[str], place: WebPlace, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is told the address, with its key, once it answers.

    Raises:
        ExposedError: it would be readable on its way.
        OSError: it cannot listen there, or the certificate cannot be read.
    """
    check_place(place)
    trust = _certificate(place)
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    listener = _listener(place)
    port = listener.getsockname()[1]
    guard = Guard(secrets.token_urlsafe(KEY_BYTES), port)
    runner = web.AppRunner(
        WebDashboard(command, guard).application(), access_log=None, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener, ssl_context=trust).start()
        ready(f"{place.scheme}://{_shown(place.host)}:{port}/?{KEY_PARAMETER}={guard.key}")
        await ended.wait()
    finally:
        await runner.cleanup()


def _listener(place: WebPlace) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    return socket.create_server((place.host, place.port), family=family)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _certificate(place: WebPlace) -> ssl.SSLContext | None:
    if not place.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(place.certificate, place.private_key or None)
    except ssl.SSLError as error:
        text = f"is no certificate that fits its key: {error.reason or error}"
        raise OSError(0, text, place.certificate) from error
    except OSError as error:
        files = f"{place.certificate} {place.private_key}".strip()
        raise OSError(error.errno, error.strerror, files) from error
    return context
