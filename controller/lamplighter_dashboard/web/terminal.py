"""One browser's terminal: a process that draws, and the socket that shows it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from shlex import join
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

HEARTBEAT_S = 15.0
# A dashboard that was told to quit does so in less.
QUITTING_S = 10.0
MOST_CELLS = 1000


class Terminal(AppService):
    """The application in a process of its own, which is waited for when it ends."""

    def __init__(
        self, command: Sequence[str], socket: web.WebSocketResponse, downloads: DownloadManager
    ) -> None:
        async def close() -> None:
            await socket.close()

        super().__init__(
            join(command),
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=downloads,
        )
        self._arguments = command

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Without a shell in between, which would be what is waited for."""
        environment = self._build_environment(width=width, height=height)
        self._process = process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        self._stdin = process.stdin
        return process

    async def ended(self) -> None:
        """Wait until it has, by itself or not."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """Let it quit, and end it if it does not."""
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(QUITTING_S):
                await super().stop()
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def show(
    request: web.Request, command: Sequence[str], downloads: DownloadManager
) -> web.WebSocketResponse:
    """A dashboard for as long as its socket is open."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
    await socket.prepare(request)
    terminal = Terminal(command, socket, downloads)
    await terminal.start(_cells(request, "width", 80), _cells(request, "height", 24))
    watched = asyncio.create_task(_close_with(terminal, socket))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await _heed(terminal, socket, message.json())
    finally:
        watched.cancel()
        await terminal.stop()
    return socket


async def _close_with(terminal: Terminal, socket: web.WebSocketResponse) -> None:
    """A dashboard that could not begin, or broke off, leaves no blank page behind."""
    await terminal.ended()
    await socket.close()


async def _heed(terminal: Terminal, socket: web.WebSocketResponse, said: Any) -> None:
    """What the page says: a kind, and what goes with it."""
    match said:
        case ["stdin", str(text)]:
            await terminal.send_bytes(text.encode())
        case ["resize", {"width": int(width), "height": int(height)}]:
            await terminal.set_terminal_size(min(width, MOST_CELLS), min(height, MOST_CELLS))
        case ["ping", data]:
            await socket.send_json(["pong", data])
        case ["blur", *_]:
            await terminal.blur()
        case ["focus", *_]:
            await terminal.focus()


def _cells(request: web.Request, name: str, usual: int) -> int:
    text = request.query.get(name, "")
    return min(int(text), MOST_CELLS) if text.isascii() and text.isdigit() else usual
