"""Addresses as anybody may see them: without user, password and query. Pure."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

HIDDEN = "***"
# Of a secret that is shorter than this, other texts hold the letters by chance.
LEAST_CHARS = 4
_ADDRESS = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<rest>\S+)")
_WITHIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"<>]+")


def shown_address(address: str) -> str:
    """`rtsp://user:secret@cam/1?key=2` as `rtsp://***@cam/1?***`; what is no address stays."""
    match = _ADDRESS.fullmatch(address.strip())
    if match is None:
        return address
    user, query = _secrets(match["rest"])
    place = match["rest"].removeprefix(f"{user}@").removesuffix(f"?{query}")
    before, behind = f"{HIDDEN}@" if user else "", f"?{HIDDEN}" if query else ""
    return f"{match['scheme']}{before}{place}{behind}"


def conceal_addresses(text: str) -> str:
    """A text, with every address in it as it may be shown."""
    return _WITHIN.sub(lambda match: shown_address(match[0]), text)


def concealing(addresses: Iterable[str]) -> Callable[[str], str]:
    """A function that takes out of any text what these addresses should not show."""
    replaced: dict[str, str] = {}
    for address in addresses:
        replaced[address] = shown_address(address)
        match = _ADDRESS.fullmatch(address.strip())
        user, query = _secrets(match["rest"]) if match else ("", "")
        password = user.partition(":")[2]
        values = [part.partition("=")[2] for part in query.split("&")]
        secrets = [user, password, query, *values]
        replaced |= {s: HIDDEN for one in secrets for s in (one, unquote(one)) if _is_secret(s)}
    longest_first = sorted(replaced, key=len, reverse=True)

    def conceal(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, replaced[secret])
        return conceal_addresses(text)  # those that nobody has set here

    return conceal


def _secrets(rest: str) -> tuple[str, str]:
    """User with password, and query; a password may hold any sign, so the last "@" ends it."""
    user, _, place = rest.rpartition("@")
    return user, place.partition("?")[2]


def _is_secret(text: str) -> bool:
    """A number of a channel is none."""
    return len(text) >= LEAST_CHARS and not text.isdigit()
