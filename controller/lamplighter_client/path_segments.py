"""Names as parts of addresses."""

from urllib.parse import quote

from lamplighter_client.errors import UnaddressableError

# What an address leaves out, or takes for the way up: it would be another one's.
NO_NAMES = ("", ".", "..")


def path_segment(kind: str, name: str) -> str:
    """A name, as it stands in an address. `kind` says what bears it, such as "group".

    Raises:
        UnaddressableError: nothing can be called so.
    """
    if name in NO_NAMES:
        shown = f"{name!r} is no name" if name else "the name is empty"
        raise UnaddressableError(f"no {kind} is meant: {shown}; write the name of a {kind}")
    return quote(name, safe="")
