"""Random and hashed bytes as people read, compare and type them (Crockford's base 32). Pure."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
_LIKE = str.maketrans("OIL", "011")


def readable(data: bytes, symbols: int, group: int) -> str:
    """The first bits of `data` as so many symbols, in groups with a dash between."""
    number = int.from_bytes(data, "big") >> (len(data) * 8 - symbols * BITS)
    text = "".join(ALPHABET[number >> BITS * i & 31] for i in reversed(range(symbols)))
    return "-".join(text[i : i + group] for i in range(0, symbols, group))


def as_typed(text: str) -> str:
    """Without dashes and blanks, in capitals, and with what looks alike taken for the same."""
    return "".join(text.upper().split()).replace("-", "").translate(_LIKE)
