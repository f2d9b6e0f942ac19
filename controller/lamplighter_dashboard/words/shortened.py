"""A text in as much room as there is, saying where something is left out. Pure."""

from textwrap import wrap


def shortened(text: str, width: int, most_lines: int, rest: str) -> str:
    """The text as it is, if it fits; else its first lines, the last of which ends with `rest`."""
    lines = [line for part in text.splitlines() for line in wrap(part, max(1, width)) or [""]]
    if len(lines) <= most_lines:
        return text
    last = wrap(lines[most_lines - 1], max(1, width - len(rest)))
    return "\n".join([*lines[: most_lines - 1], (last[0] if last else "") + rest])
