"""Addresses of web servers as people write them, and the proxies that stand before them."""

import ipaddress
import ssl
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    build_opener,
    getproxies,
    proxy_bypass,
)

from lamplighter_wire.errors import SettingsError

LOCAL = "localhost"


def checked_web_address(url: str) -> str:
    """The address itself.

    Raises:
        SettingsError: it is none that a client could use.
    """
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname and parts.hostname.encode("idna")) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise SettingsError(
            f"not a web address: {url!r}; write it as http://HOST:PORT,"
            " an IPv6 address in brackets: http://[::1]:8080"
        )
    return url


def is_loopback(host: str) -> bool:
    """Whether it is this machine by name or number."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == LOCAL or host.lower().endswith(f".{LOCAL}")


def proxy_before(url: str) -> str:
    """The proxy that the environment sets before an address; none stands before this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return ""
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all") or ""


def opener(url: str, context: ssl.SSLContext | None = None) -> OpenerDirector:
    """What opens an address: through the proxy of the environment, if one stands before it."""
    handlers: list[BaseHandler] = [HTTPSHandler(context=context)]
    if not proxy_before(url):
        handlers.append(ProxyHandler({}))
    return build_opener(*handlers)


def proxy_words(url: str) -> str:
    """What a failure's message says of it; empty where there is none."""
    proxy = proxy_before(url).rpartition("@")[2]  # its password is nobody's
    if not proxy:
        return ""
    return (
        f" (through the proxy {proxy} that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY sets;"
        " to go without, name the host in NO_PROXY)"
    )


def bind_address(text: str, setting: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, as a setting names what to listen on.

    Raises:
        SettingsError: it is none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 <= int(port) < 65536:
        raise SettingsError(f"{setting} = {text!r}: write it as HOST:PORT, 0.0.0.0:8890")
    return host.strip("[]"), int(port)


def in_address(host: str) -> str:
    """A host as it stands in an address: numbers of IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
