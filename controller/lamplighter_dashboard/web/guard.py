"""Who is let in: a key in the printed address, then a cookie; never another page. Pure."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

KEY_PARAMETER = "key"


@dataclass(frozen=True)
class Guard:
    """`key`: random, printable. `port`: cookies of one host are shared by all its ports."""

    key: str
    port: int

    @property
    def cookie(self) -> str:
        """Its name."""
        return f"lamplighter_dashboard_{self.port}"

    def has_key(self, query: Mapping[str, str]) -> bool:
        """Whether the address has the key."""
        return self._is_key(query.get(KEY_PARAMETER, ""))

    def knows(self, cookies: Mapping[str, str]) -> bool:
        """Whether it was let in before."""
        return self._is_key(cookies.get(self.cookie, ""))

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.key.encode())


def is_own_page(origin: str, scheme: str, host: str) -> bool:
    """Whether a request comes from a page of ours; programs that are no browser name none."""
    return origin in ("", f"{scheme}://{host}")


def headers_of(scheme: str, host: str) -> dict[str, str]:
    """What each answer says: nothing is asked of, shown in, or told to anybody else."""
    socket = f"{'wss' if scheme == 'https' else 'ws'}://{host}"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        f" img-src 'self' data:; connect-src 'self' {socket}; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
