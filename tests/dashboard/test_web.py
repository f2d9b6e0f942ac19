"""The dashboard in a browser: who is let in, what a page may ask for, and one real browser."""

import asyncio
import base64
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from lamplighter_dashboard.web.guard import Guard, headers_of, is_own_page

from tests.dashboard.conftest import ServedFleet

aiohttp = pytest.importorskip("aiohttp", reason="lamplighter[web] is not installed")
pytest.importorskip("textual_serve", reason="lamplighter[web] is not installed")

from lamplighter_dashboard.web.page import page  # noqa: E402
from lamplighter_dashboard.web.server import (  # noqa: E402
    ExposedError,
    WebPlace,
    check_place,
    serve_web,
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 90.0
# Set by the make target; read now, for tests find no setting of ours in the environment.
IS_ASKED_FOR = bool(os.environ.get("LAMPLIGHTER_BROWSER"))
SCREENSHOT = os.environ.get("LAMPLIGHTER_SCREENSHOT", "")
ECHO = (sys.executable, "-c", "print('no dashboard')")


def test_only_the_key_or_its_cookie_lets_in() -> None:
    guard = Guard("k" * 43, 8180)
    assert not guard.knows({guard.cookie: "\udcff"}), "no UTF-8"
    assert guard.has_key({"key": "k" * 43})
    assert not guard.has_key({"key": "k" * 42})
    assert not guard.has_key({})
    assert guard.knows({"lamplighter_dashboard_8180": "k" * 43})
    assert not guard.knows({"lamplighter_dashboard_8181": "k" * 43}), "of another server"
    assert not guard.knows({"lamplighter_dashboard_8180": "ü"})


def test_no_other_page_may_ask() -> None:
    assert is_own_page("http://127.0.0.1:8180", "http", "127.0.0.1:8180")
    assert is_own_page("", "http", "127.0.0.1:8180")
    for other in ("http://127.0.0.1:9999", "https://127.0.0.1:8180", "http://evil.example", "null"):
        assert not is_own_page(other, "http", "127.0.0.1:8180")


def test_a_page_asks_nobody_else() -> None:
    shown = page("A <b>", "ws://h/ws?a=1&b=2", 15)
    assert "&lt;b&gt;" in shown
    assert "ws://h/ws?a=1&amp;b=2" in shown
    assert "http://" not in shown
    assert "https://" not in shown
    policy = headers_of("https", "h:1")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' wss://h:1" in policy


def test_beyond_this_machine_it_is_served_by_tls_only() -> None:
    check_place(WebPlace("127.0.0.1"))
    check_place(WebPlace("::1"))
    check_place(WebPlace("0.0.0.0", certificate="c.pem"))  # noqa: S104
    with pytest.raises(ExposedError, match="ssh -L"):
        check_place(WebPlace("0.0.0.0"))  # noqa: S104


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for file in ("no.pem", "missing.pem"):
        place = WebPlace(port=0, certificate=str(tmp_path / file))
        with pytest.raises(OSError, match=file.replace(".", r"\.")):
            asyncio.run(serve_web(ECHO, place, print))


@asynccontextmanager
async def web_dashboard(command: tuple[str, ...]) -> AsyncIterator[str]:
    """Its address with the key."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve_web(command, WebPlace(port=0), told.set_result))
    try:
        await asyncio.wait({told, serving}, return_when=asyncio.FIRST_COMPLETED)
        yield told.result() if told.done() else serving.result()  # which says what went wrong
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def test_without_the_key_nothing_is_served() -> None:
    async def steps() -> None:
        async with web_dashboard(ECHO) as address, aiohttp.ClientSession() as stranger:
            base = address.partition("/?")[0]
            for path in ("/", "/ws", "/static/js/textual.js", "/download/x", "/?key=wrong"):
                answer = await stranger.get(base + path)
                assert answer.status == 401, path
                assert "printed" in await answer.text()
            entered = await stranger.get(address, allow_redirects=False)
            assert (entered.status, entered.headers["Location"]) == (303, "/")
            cookie = entered.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie

    asyncio.run(steps())


def test_with_the_key_the_page_and_its_parts_are_there() -> None:
    async def steps() -> None:
        jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name
        async with web_dashboard(ECHO) as address, aiohttp.ClientSession(cookie_jar=jar) as user:
            answer = await user.get(address)
            assert answer.url.query_string == "", "the key has left the address"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            shown = await answer.text()
            for part in ("/static/js/textual.js", "/static/css/xterm.css"):
                assert part in shown
                assert (await user.get(answer.url.with_path(part))).status == 200
            assert (await user.get(answer.url.with_path("/static/"))).status in (403, 404)
            evil = {"Origin": "http://evil.example"}
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await user.ws_connect(answer.url.with_path("/ws"), headers=evil)

    asyncio.run(steps())


def test_a_dashboard_that_cannot_begin_lets_go_of_its_socket() -> None:
    async def steps() -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        broken = (sys.executable, "-c", "raise SystemExit(3)")
        async with web_dashboard(broken) as address, aiohttp.ClientSession(cookie_jar=jar) as user:
            answer = await user.get(address)
            async with user.ws_connect(answer.url.with_path("/ws")) as socket:
                async with asyncio.timeout(PATIENCE_S):
                    async for _message in socket:
                        pass
                assert socket.closed

    asyncio.run(steps())


def test_a_socket_is_a_dashboard_of_its_own(city: ServedFleet, monkeypatch: Any) -> None:
    async def steps() -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with (
            web_dashboard(_child()) as address,
            aiohttp.ClientSession(cookie_jar=jar) as user,
        ):
            answer = await user.get(address)
            at = answer.url.with_path("/ws").with_query(width=120, height=30)
            async with user.ws_connect(at) as socket:
                seen = b""
                async with asyncio.timeout(PATIENCE_S):
                    while b"gateway-1" not in seen:
                        message = await socket.receive()
                        assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                        seen += message.data if isinstance(message.data, bytes) else b""

    _name_controller(city, monkeypatch)
    asyncio.run(steps())


def _child() -> tuple[str, ...]:
    return (sys.executable, "-m", "lamplighter_cli", "dashboard", "--read-only")


def _name_controller(city: ServedFleet, monkeypatch: Any) -> None:
    monkeypatch.setenv("LAMPLIGHTER_URL", city.url)
    monkeypatch.setenv("LAMPLIGHTER_TOKEN", city.token("viewer"))


def _browser() -> str:
    if not IS_ASKED_FOR:
        pytest.skip("a real browser is asked for by `make browser`")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    if not found:
        pytest.skip("there is no Chromium: apt-get install chromium")
    return found


def test_a_browser_shows_the_fleet_and_asks_nobody_else(
    city: ServedFleet, monkeypatch: Any, tmp_path: Path
) -> None:
    browser = _browser()
    _name_controller(city, monkeypatch)

    async def seen() -> tuple[str, bytes, set[str]]:
        async with web_dashboard(_child()) as address, chromium(browser, tmp_path) as ask:
            await ask("Network.enable")
            await ask("Page.enable")
            await ask("Page.navigate", url=address)
            await until(ask, "document.body.className.includes('-first-byte')")
            await asyncio.sleep(4.0)  # until all is drawn
            location = await ask("Runtime.evaluate", expression="location.href")
            assert "key=" not in location["result"]["value"]
            picture = await ask("Page.captureScreenshot", format="png")
            asked = {event["request"]["url"] for event in ask.requests}
            return address.split("/")[2], base64.b64decode(picture["data"]), asked

    host, picture, asked = asyncio.run(seen())
    file = Path(SCREENSHOT) if SCREENSHOT else tmp_path / "web.png"
    file.write_bytes(picture)
    assert colours(file) > 8, "a table with its colours, no empty page"
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {host}


def colours(file: Path) -> int:
    """How many different ones a picture has."""
    from PIL import Image

    found = Image.open(file).convert("RGB").getcolors(1 << 24)
    return len(found or ())


Ask = Callable[..., Awaitable[dict[str, Any]]]


async def until(ask: Ask, expression: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await ask("Runtime.evaluate", expression=expression)
            if answer["result"].get("value"):
                return
            await asyncio.sleep(0.2)


@asynccontextmanager
async def chromium(program: str, folder: Path) -> AsyncIterator[Any]:
    """A headless browser, asked by the DevTools protocol."""
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,800")
    options += ("--remote-debugging-port=0", f"--user-data-dir={folder / 'browser'}")
    options += ("--disable-background-networking", "--no-first-run", "about:blank")
    process = await asyncio.create_subprocess_exec(
        program, *options, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        port = await _debugging_port(process)
        async with aiohttp.ClientSession() as session:
            pages = await (await session.get(f"http://127.0.0.1:{port}/json")).json()
            at = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
            async with session.ws_connect(at, max_msg_size=0) as socket:
                yield Asked(socket)
    finally:
        process.terminate()
        await process.wait()


async def _debugging_port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        while True:
            line = (await process.stderr.readline()).decode(errors="replace")
            if "DevTools listening on" in line:
                return int(line.split("127.0.0.1:")[1].split("/")[0])


class Asked:
    """Questions to a page, one after the other."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._number = socket, 0
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"])
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
