"""The answer to a challenge of HTTP digest authentication, after RFC 7616.

The password does not travel.
"""

import hashlib
import secrets
from urllib.request import parse_http_list, parse_keqv_list

HASHES = {"MD5": "md5", "SHA-256": "sha256"}
FIRST_USE = "00000001"


def authorization(challenge: str, name: str, password: str, method: str, path: str) -> str:
    """The header `Authorization` for a header `WWW-Authenticate`; empty: it cannot be answered."""
    kind, _, fields = challenge.partition(" ")
    try:
        asked = parse_keqv_list(parse_http_list(fields))
    except ValueError:
        return ""
    algorithm = asked.get("algorithm", "MD5").upper()
    qualities = [one.strip() for one in asked.get("qop", "").split(",") if one.strip()]
    can_answer = algorithm in HASHES and (not qualities or "auth" in qualities)
    if kind.lower() != "digest" or "nonce" not in asked or not can_answer:
        return ""
    asked = {key: value for key, value in asked.items() if key in ("realm", "nonce", "opaque")}
    answer = _answer(asked, algorithm, (name, password), (method, path), bool(qualities))
    return "Digest " + ", ".join(f"{key}={value}" for key, value in answer.items())


def _answer(
    asked: dict[str, str],
    algorithm: str,
    login: tuple[str, str],
    request: tuple[str, str],
    has_quality: bool,
) -> dict[str, str]:
    def hashed(*parts: str) -> str:
        made = hashlib.new(HASHES[algorithm], usedforsecurity=False)
        made.update(":".join(parts).encode())
        return made.hexdigest()

    (name, password), (method, path) = login, request
    realm, nonce, own = asked.get("realm", ""), asked["nonce"], secrets.token_hex(8)
    secret, what = hashed(name, realm, password), hashed(method, path)
    between = (FIRST_USE, own, "auth") if has_quality else ()
    answer = {
        "username": _quoted(name),
        "realm": _quoted(realm),
        "nonce": _quoted(nonce),
        "uri": _quoted(path),
        "algorithm": algorithm,
        "response": _quoted(hashed(secret, nonce, *between, what)),
    }
    if has_quality:
        answer |= {"qop": "auth", "nc": FIRST_USE, "cnonce": _quoted(own)}
    if "opaque" in asked:
        answer["opaque"] = _quoted(asked["opaque"])
    return answer


def _quoted(text: str) -> str:
    """As a quoted string; a line end would begin another header."""
    plain = "".join(sign for sign in text if sign.isprintable())
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
