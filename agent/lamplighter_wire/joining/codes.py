"""Short codes: what a technician types at a device in the place of a token.

A code has 50 bits and holds for five minutes. Name and secret of a token are made of it by scrypt,
so that whoever records an enrolment cannot try all codes before it ends; at the controller
itself guesses are limited.
"""

import base64
import hashlib
import secrets

from lamplighter_wire.enrolment import Token
from lamplighter_wire.errors import CodecError
from lamplighter_wire.joining.readable import ALPHABET, as_typed, readable

SYMBOLS, GROUP = 10, 5
CODE_LIFE_S = 300.0
PREFIX = "code-"
NAME_BYTES, SECRET_BYTES = 12, 32
_COST = {"n": 2**14, "r": 8, "p": 1}


def new_code() -> str:
    """A fresh code: `K7PM3-XQD9T`."""
    return readable(secrets.token_bytes(8), SYMBOLS, GROUP)


def token_of_code(code: str) -> Token:
    """The token that a code stands for; it names no authority. Takes a tenth of a second.

    Raises:
        CodecError: it is no code.
    """
    typed = as_typed(code)
    if len(typed) != SYMBOLS or set(typed) - set(ALPHABET):
        raise CodecError(
            f"not a code: it has {SYMBOLS} letters and digits, as `token code` prints it"
        )
    made = stretched(typed.encode(), b"lamplighter enrolment code", NAME_BYTES + SECRET_BYTES)
    secret = base64.urlsafe_b64encode(made[NAME_BYTES:]).decode().rstrip("=")
    return Token(PREFIX + made[:NAME_BYTES].hex(), secret, "")


def stretched(data: bytes, purpose: bytes, size_bytes: int) -> bytes:
    """A hash that takes 16 MB and some 50 ms for each guess."""
    return hashlib.scrypt(data, salt=purpose, **_COST, dklen=size_bytes)
